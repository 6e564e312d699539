## huddle

huddle-interrupted = INTERRUPTED
huddle-late = LATE
huddle-due = due
huddle-review-now = REVIEW NOW [{ $title }] { $told }
huddle-decided = decided [{ $title }] { $told }

## render/access

render-access-until = until
render-access-withheld = Earlier entries that were not shared with you: { $count }. You were given: { $given }. Ask the team if you need more.
render-access-let-in = Emergency access: { $who } until { $until } ({ $reason }), let in by { $by }: “{ $why }”. Reviewed by { $reviewer }.

## render/case

render-case-timeline = TIMELINE
render-case-nothing-open = Nothing is open.
render-case-open = OPEN
render-case-decisions = DECISIONS
render-case-with-patient = WITH THE PATIENT
render-case-with-partner = WITH A PARTNER
render-case-team = TEAM
render-case-finished = FINISHED
render-case-vacant-seat = VACANT SEAT
render-case-since = since
render-case-waiting-for = waiting for it
render-case-waiting-for-history = waiting for the history
render-case-born = born
render-case-language = language

## render/decisions

render-decisions-settled = #{ $number } { $what }{ $about } — { $by }: { $reason }
render-decisions-to-review = #{ $number } { $what }{ $about } — { $by }: { $reason } · review on { $review }

## render/group

render-group-everybody-team = everybody of the team
render-group-people-every-organisation = people of every organisation
render-group-may-change-team = May change the team
render-group-may-join = May join
render-group-brought-back-into-step-device = Brought back into step: a device of
render-group-nobody-team = nobody of the team
render-group-change-keys-could-not-be = A change of the keys could not be followed; it was signed by
render-group-rules-set = Rules set by
render-group-device-cannot-follow-case-any = This device cannot follow the case any more: ask a member to remove you and add you again. What you see stays readable.
render-group-somebody-who-was-not-case = Somebody who was not in this case when you last were wants to add you again. Ask the team by telephone; if it is right, run `relais case rejoin` with this case and the beginning of the device's id. It is
render-group-device-getting-back-into-step = This device is getting back into step with the case; what you write is sent after that.
render-group-entries-could-not-be-read = entries could not be read while this device was out of step
render-group-shared = , shared by { $by }
render-group-device-not-transparency-log-ask = the device is not in the transparency log; ask them whether they wrote it
render-group-not-checked-yet = not checked yet
render-group-not-proved-who-wrote-these = It is not proved who wrote these entries:

## render/loops

render-loops-late = LATE
render-loops-asked = asked by
render-loops-acknowledge = acknowledge by
render-loops-due = due
render-loops-for = for
render-loops-meanwhile = meanwhile
render-loops-expected = expected
render-loops-instead = instead
render-loops-nobody-has-act = nobody has to act
render-loops-vacant-seat = (vacant seat)
render-loops-queue = (in the queue)
render-loops-act = to act:
render-loops-accept = to accept:
render-loops-supply-information = to supply information:
render-loops-close = to close:
render-loops-outstanding = Handed over: { $open } open, { $overdue } overdue.

## render/receipts

render-receipts-marks-per-seat-d-delivered = Marks per seat: d delivered · r read · a acknowledged (accountable seat only). Times are UTC.
render-receipts-seat = Seat
render-receipts-person = Person
render-receipts-delivered = Delivered
render-receipts-read = Read
render-receipts-acknowledged = Acknowledged
render-receipts-left = (left)
render-receipts-letter-delivered = d
render-receipts-letter-read = r
render-receipts-letter-acknowledged = a

## render/sharing

render-sharing-copy-was-taken-back-since = the copy was taken back since; what was read stays read
render-sharing-copy-says-something-else-ask = the copy says something else: ask whoever shared it
render-sharing-original-was-corrected-since-take = the original was corrected since: take the copy back (relais retract) and share it again
render-sharing-shared = shared with { $with } on { $on } by { $by }
render-sharing-shared-under-consent = shared with { $with } under consent { $consents } on { $on } by { $by }
render-sharing-access-due = ⚠ No consent to share with { $who } is in force any more. Nothing more goes into « { $title } », and their devices leave it as soon as a device of somebody who is in both conversations is online.
render-sharing-ended = ⚠ ENDED on { $on } (#{ $number }): { $cause }. What was read stays read; nothing more is shared. What is still open was interrupted by this. With a new consent a new conversation begins.

## render/tags

render-tags-spec = SPEC
render-tags-pcp = PCP
render-tags-nurse = NURSE
render-tags-nav = NAV
render-tags-pharm = PHARM
render-tags-social = SOCIAL
render-tags-comm = COMM
render-tags-clerk = CLERK
render-tags-lab = LAB
render-tags-patient = PATIENT
render-tags-carer = CARER
render-tags-emerg = EMERG
render-tags-hub = HUB
render-tags-mentor = MENTOR
render-tags-mgr = MGR

## render/team

render-team-vacant = (vacant)
render-team-after = after
render-team-queue = (queue of { $count })

## render/timeline

render-timeline-history-shared = history shared by
render-timeline-from-here-on-you-were = from here on you were there
render-timeline-no-effect = No effect
render-timeline-withdrawn-its-author = Withdrawn by its author
render-timeline-corrected-its-author = Corrected by its author
render-timeline-no-seat = no seat
render-timeline-only = only to
render-timeline-kept = ✎ The author says that this holds no: { $kinds }

## render/words

render-words-opened-case = Opened the case
render-words-withdrew = Withdrew
render-words-corrected = Corrected
render-words-from-conversation-with-patient = From the conversation with the patient
render-words-from-conversation-with-partner = From the conversation with a partner
render-words-shared-from-care-team = Shared from the care team
render-words-could-not-be-read = Could not be read
render-words-needs = Needs
render-words-consent = Consent
render-words-outcome-wanted = Outcome wanted
render-words-eligibility = Eligibility
render-words-meanwhile = Meanwhile
render-words-expected = Expected
render-words-alternative = Alternative
render-words-vacant = vacant
render-words-care-team-has-changed = The care team has changed
render-words-earlier-entries-given = earlier entries given
render-words-reminder = Reminder of #{ $number }: { $title }

## render/text

month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
