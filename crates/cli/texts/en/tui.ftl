## tui/model

tui-model-nothing-here-asks-for-your = Nothing here asks for your acknowledgement.

## tui/screen

tui-screen-inbox = Inbox
tui-screen-huddle = Huddle
tui-screen-say-enter-sends-esc-drops = Say (Enter sends, Esc drops)
tui-screen-pgup-pgdn-end-scroll-s = ↑↓ PgUp PgDn End scroll · s say · a acknowledge · Esc back · h huddle
tui-screen-select-enter-open-tab-inbox = ↑↓ select · Enter open · Tab inbox/huddle · q quit
tui-screen-you-no-case = You are in no case.
tui-screen-late = LATE
tui-screen-do = to do
tui-screen-acknowledge = to acknowledge
tui-screen-unread = unread
tui-screen-not-sent-yet = not sent yet
tui-screen-sending-has-stopped = SENDING HAS STOPPED
tui-screen-nothing-waits = nothing waits
tui-screen-nothing-open-any-case = Nothing is open in any case.
tui-screen-sending-has-stopped-2 = !! SENDING HAS STOPPED
tui-screen-not-sent-yet-sent-when = not sent yet; sent when the server is reached
