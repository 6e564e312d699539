## compose/fallback

fallback-care-team-has-changed = The care team has changed
fallback-due = Due
fallback-delivered = Delivered
fallback-read = read
fallback-acknowledged = acknowledged
fallback-withdrawn = Withdrawn
fallback-corrected = Corrected
fallback-earlier-entries = Earlier entries
fallback-shared-from-conversation-with-partner = Shared from a conversation with a partner
fallback-taken-back = Taken back
fallback-entered-error = Entered in error
fallback-looked-through-case = Looked through the case
fallback-reminder = Reminder
fallback-case-opened = Case opened
fallback-attachment = Attachment
fallback-bytes = bytes
fallback-needs = Needs
fallback-consent = Consent
fallback-outcome-wanted = Outcome wanted
fallback-usefulness-from-1-5 = Usefulness, from 1 to 5
fallback-eligibility = Eligibility
fallback-meanwhile = Meanwhile
fallback-expected = Expected
fallback-alternative = Alternative

## compose/fallback/access

access-let = Let in
access-until = Until
access-why = Why
access-earlier-entries = Earlier entries
access-shared-more-earlier-entries = Shared more of the earlier entries
access-with = With
access-what = What
access-since = since

## compose/fallback/definition

definition-new-kind-request = New kind of request
definition-fields = Fields
definition-states = States

## compose/fallback/plan

plan-what-matters = What matters
plan-target-date = Target date
plan-on-plan = On the plan

## compose/fallback/records

records-decision = Decision
records-reason = Reason
records-be-reviewed = To be reviewed
records-numbers-without-content = Numbers without content
records-from = From
records-until = Until
records-answers = Answers
records-referrals-closed = Referrals closed
records-escalations-taken = Escalations taken
records-vacant-seat-hours = Vacant-seat hours
records-acknowledged-time = acknowledged in time

## compose/fallback/requests

requests-area = Area
requests-do = To do
requests-due = Due
requests-where-things-stand = Where things stand
requests-open-items = Open items
requests-if-things-go-wrong = If things go wrong
requests-when = When
requests-where = Where
requests-whom-takes = Whom it takes
requests-languages = Languages
requests-why = Why
requests-diagnoses = Diagnoses
requests-medications = Medications
requests-pending-tests = Pending tests
requests-follow-up = Follow-up
requests-made-already = made already
requests-proposed = proposed
requests-before = Before
requests-from-now-on = From now on
requests-with = With
requests-what = What
requests-from = From
requests-until = Until
requests-decided = Decided by
requests-given = Given

## compose/fallback/seats

seats-how-i-take-part = How I take part
seats-stance = Stance
seats-follows = Follows
seats-out-office-with-delegate = Out of office, with a delegate
seats-delegation = Delegation
seats-from = From
seats-until = Until
seats-for = For
seats-why = Why
seats-yes = yes
seats-no = no
seats-who-covers-seat = Who covers the seat
seats-seats-pool = Seats in the pool
seats-supervised = Supervised

## compose/fallback/sharing

sharing-shared-from-care-team = Shared from the care team
sharing-said-on = Said on
sharing-what = What
sharing-be-used-for = To be used for
sharing-conversation-has-ended = This conversation has ended
sharing-access-has-ended = Access has ended
sharing-what-was-read-stays-read = What was read stays read; nothing more is shared.
sharing-care-team-also-has-conversation = The care team also has a conversation of its own about this care. It is not shown here; what is shared from it is.

## plan/html

html-services-plan = Services plan
html-nothing-planned-yet = Nothing is planned yet.
html-not-pursued = Not pursued
html-as-entry = As of entry
html-vacant-seat = vacant seat
html-earlier-wording = to an earlier wording

## plan/markdown

markdown-services-plan = Services plan
markdown-nothing-planned-yet = Nothing is planned yet.
markdown-not-pursued = Not pursued
markdown-as-entry = As of entry
markdown-nothing-has-changed = Nothing has changed.
markdown-nobody = nobody
markdown-new = new
markdown-not-there = not there
markdown-reworded = reworded
markdown-vacant-seat = vacant seat
markdown-earlier-wording = to an earlier wording
