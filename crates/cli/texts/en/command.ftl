## command/admin

admin-admitted = Admitted
admin-domain = Domain
admin-name = Name
admin-certified-hand-certificate-organisation = Certified. Hand this certificate to the organisation:
admin-hand-code-person-works-once = Hand this code to the person; it works once:
admin-profession = Profession
admin-administers = Administers
admin-devices = Devices
admin-yes = yes

## command/audit

audit-audit-trail-intact = The audit trail is intact.
audit-events-recomputed = events recomputed
audit-events-other-organisations-followed-their = events of other organisations followed by their links
audit-nothing-was-recorded = Nothing was recorded.
audit-no = No.
audit-time-utc = Time (UTC)
audit-who = Who
audit-what = What
audit-what-2 = To what
audit-case = case

## command/case

case-no-case-yet = No case yet.
case-title = Title
case-kind = Kind
case-open = Open
case-unread = Unread
case-ended = ended
case-left = left
case-who-reads-case-recorded-for = Who reads this case is recorded for the privacy officer of
case-who-reads-case-not-recorded = Who reads this case is not recorded: no privacy officer has made a key at
case-not-sent-yet-sent-when = not sent yet; sent when the server is reached

## command/confirm

confirm-nothing-was-shared = nothing was shared

## command/directory

directory-nobody-was-found = Nobody was found.
directory-name = Name
directory-profession = Profession
directory-organisation = Organisation
directory-no-service-was-found = No service was found.
directory-service = Service
directory-kind = Kind
directory-languages = Languages
directory-areas = Areas
directory-access = Access
directory-everywhere = everywhere

## command/enquire

enquire-room = : room in

## command/enrol

enrol-device-enrolled = This device is enrolled.

## command/evidence

evidence-sending-has-stopped = !! SENDING HAS STOPPED
evidence-nothing-was-found-out-against = Nothing was found out against the server or anybody.
evidence-transparency-logs-key-colleagues-must = The transparency log's key; a colleague's must be the same:

## command/group

group-no-group-yet = No group yet.
group-title = Title
group-seats = Seats
group-unread = Unread
group-no-notice-yet = No notice yet.
group-vacant = vacant
group-nobody-has-told-numbers-yet = Nobody has told numbers yet.
group-acknowledged = acknowledged by { $count } of { $all }

## command/hub

hub-nothing-waits-at-hub = Nothing waits at the hub.
hub-asked = asked by { $by } on { $since } · { $title } · { $case } #{ $number }
hub-asked-due = asked by { $by } on { $since } · due { $due } · { $title } · { $case } #{ $number }
hub-not-yours = you cannot do that now: { $owner } ({ $holder }) has it, and it stands at `{ $state }`

## command/identity

identity-people-organisation-enrol-with-invitations = People of this organisation enrol with invitations alone now.
identity-people-organisation-can-enrol-signing = People of this organisation can enrol by signing in
identity-enter-token-at-identity-provider = Enter this token at the identity provider; the one before has ended:
identity-open-page-browser-on-machine = Open this page in a browser on this machine and sign in

## command/inbox

inbox-nothing-waits-for-you = Nothing waits for you.
inbox-nothing-open-any-case = Nothing is open in any case.
inbox-acknowledge = to acknowledge
inbox-do = to do
inbox-unread = unread
inbox-late = LATE
inbox-queued = { $count } in the hub’s queue: relais hub queue

## command/map

map-no-service-was-found = No service was found.
map-kind = Kind
map-service = Service
map-organisation = Organisation
map-areas = Areas
map-hours = Hours
map-stage = Stage
map-capacity = Capacity
map-everywhere = everywhere
map-takes-no-referrals = takes no referrals
map-everything-was-asked-for-was = Everything that was asked for was to be had.
map-area = Area
map-why = Why
map-times = Times

## command/metrics

metrics-referrals-closed = Referrals closed
metrics-escalations-taken = Escalations taken
metrics-answers-consults = Answers to consults: –
metrics-days = days
metrics-answers-quartiles = Answers to consults: { $count }, half of them within { $half }; the middle half took { $quarter } to { $most }
metrics-answers-beyond = Answers to consults: { $count }, half of them within a time beyond the bins
metrics-answers-within = Answers to consults: { $count }, half of them within { $within }
metrics-told-by = Told by { $people }; what there are fewer than five of is left out
metrics-period = From { $start } to { $end }
metrics-in-time = Acknowledged in time by { $role }
metrics-vacant-hours = Hours that seats stood vacant: { $hours }
metrics-usefulness-unsaid = Usefulness: nobody has said
metrics-usefulness = Usefulness: { $whole }.{ $tenth } of 5, said { $count ->
    [one] once
   *[other] { $count } times
}

## command/new_devices

new-devices-named =
    ! A new device '{ $label }' was enrolled in your name at { $at }. If this was not you, tell your administrator to revoke it:
    {"  "}{ $revoke }
new-devices-unnamed =
    ! A new device was enrolled in your name at { $at }. If this was not you, tell your administrator to revoke it:
    {"  "}{ $revoke }

## command/org

org-key-made-stays-here-hand = The key is made and stays here. Hand this request to the operator, and put the certificate that comes back beside it as authority.pem:
org-invitations-announced = Invitations announced
org-connected-waiting-for-requests = Connected: waiting for requests.
org-not-connected-trying-again = Not connected; trying again
org-certified-no = Certified no.
org-refused = Refused
org-nobody-waits-any-more-for = Nobody waits any more for
org-no = No.
org-time-utc = Time (UTC)
org-kind = Kind
org-person = Person
org-device = Device
org-because = Because

## command/overdue

overdue-nobody-seat-vacant = nobody, the seat is vacant
overdue-nothing-overdue = Nothing is overdue.
overdue-yours = Nobody has acknowledged it yet; it is asked by { $by }. If you have it, say so:
overdue-yours-late = It should have been acknowledged by { $by }, and others are being told. If you have it, say so now:
overdue-theirs = { $who } should acknowledge it by { $by } and has not. It is your turn: telephone them, or ask another seat:

## command/partnership

partnership-no-partnerships = No partnerships.
partnership-since = since
partnership-not-measured = not measured
partnership-cannot-be-believed = Cannot be believed
partnership-published = { $count ->
    [one] { $count } commitment
   *[other] { $count } commitments
}: both organisations see your counts.
partnership-proposed = proposed by { $by }: { $stage }
partnership-promise = { $who } { $does } within { $days ->
    [one] { $days } business day
   *[other] { $days } business days
}
partnership-kept = kept { $kept } of { $due }, median answer { $days ->
    [one] { $days } business day
   *[other] { $days } business days
}; { $waiting } waiting
partnership-told = { $by } has counted: { $promise }: kept { $kept } of { $due }, median { $days ->
    [one] { $days } day
   *[other] { $days } days
}

## command/patient

patient-talking-with-care-team = Talking with the care team
patient-conversation-with = A conversation with

## command/post

post-marked =
    this group has no patient, and nothing was sent: this can tell who one is
    { $found }
    Write it without; if it is no identifier, say so with --not-identifier KIND, which is recorded

## command/quiet_hours

quiet-hours-only-what-you-have-acknowledge = Only what you have to acknowledge interrupts you at
quiet-hours-you-have-no-quiet-hours = You have no quiet hours.

## command/receipts

receipts-acknowledged = acknowledged
receipts-nothing-unread = Nothing is unread.
receipts-vacant = vacant
receipts-not-seen = Not seen by

## command/records

records-shown-again = It is shown again.
records-hidden = #{ $number } is hidden from you until { $day }. Nobody else knows, and it is still owed.

## command/refer/agreement

refer-agreement-no-consent-recorded-case-words = No consent is recorded in the case: the words of the referral stand for it, and nothing can be copied from the case.

## command/refer/checks

refer-checks-referred-although-open-already = Referred although this is open already:
refer-checks-without-partnership = Without a partnership with { $organisation } at stage `{ $wanted }` (present: { $stands }): { $reason }
refer-checks-similar = { $title } ({ $state }) by { $by } on { $on }: { $why }

## command/refer/preview

refer-preview-who-will-see = Who will see it
refer-preview-title = Title
refer-preview-patient = Patient
refer-preview-exactly-shared = Exactly this is shared:
refer-preview-conversation-exists = In the conversation that exists:
refer-preview-new-conversation = In a new conversation.
refer-preview-neither-case-nor-its-team = Neither the case nor its team is shown.
refer-preview-service = Service
refer-preview-reason = Reason
refer-preview-needs = Needs
refer-preview-consent = Consent
refer-preview-outcome-wanted = Outcome wanted
refer-preview-specialty = Specialty
refer-preview-question = Question

## command/refer/source

refer-source-instead = Referred to { $service }, instead of { $before }, which has declined.

## command/revoke

revoke-revoked-devices = Revoked devices
revoke-groups-their-members-have-yet = Groups that their members have yet to key anew

## command/seats

seats-seat = Seat
seats-as = As
seats-there = There
seats-held = Held by
seats-every-seat-has-looked = Every seat has looked.
seats-not-since = Not since
seats-vacant = vacant

## command/share

share-nothing-may-be-shared = nothing of it may be shared
share-shared-into = shared into
share-not-shared = not shared
share-into = Into
share-who-reads = Who reads it
share-be-used-for = to be used for
share-not-shared-2 = is not shared
share-neither-case-nor-its-team = Neither the case nor its team is shown.

## command/template

template-name = Name
template-for = For
template-set = To set
template-from = From
template-checked = `{ $name }` is a template: { $asks ->
    [one] { $asks } request
   *[other] { $asks } requests
}, { $goals ->
    [one] { $goals } goal
   *[other] { $goals } goals
}.
template-optional = { $role } (may be left out)
template-within-hours = within { $hours } h
template-within-days = within { $days ->
    [one] { $days } day
   *[other] { $days } days
}

## command/views

views-officers-keys-account = Officer's keys in this account
views-nobodys-views-were-recorded = Nobody's views were recorded.
views-time-utc = Time (UTC)
views-who = Who
views-organisation = Organisation
views-case = Case
views-entries = Entries
views-cannot-be-verified = cannot be verified

## command/watch

watch-watching-ctrl-c-ends = Watching; Ctrl-C ends.
watch-quiet-only-what-you-have = It is quiet: only what you have to acknowledge is shown for now.
watch-you-new-case = You are in a new case.
watch-you-left-case = You left the case.

## command/witness

witness-log-holds-together = the log holds together:
witness-entries = entries
witness-server-does-not-know-witness = The server does not know this witness yet. Its operator puts this line into [transparency] witnesses:

## confirm

confirm-share-this = Share this? [y/N]
confirm-record-agreement = No consent to share with them is recorded. Record in the case that the patient agreed to it by word of mouth? [y/N]
confirm-patient-conversation = Open it? [y/N]
