### What a command tells if it cannot do what was asked.

failure-no-account-named = no account is named: give --account PATH or set RELAIS_ACCOUNT
failure-settled-late = the account settled too late: try again
failure-passphrases-differ = the two passphrases differ: try again
failure-passphrase-empty = the passphrase is empty: choose one
failure-passphrase-unasked = nobody can be asked for the passphrase ({ $error }): set { $passphrase } or give --passphrase-file
failure-server-unsaid = say where the server is: --server URL --ca FILE, or --data-dir DIR
failure-standard-input = cannot read standard input: { $error }
failure-cannot-print = cannot print: { $error }
failure-standard-output = cannot write to standard output: { $error }
failure-ambiguous = `{ $text }` is ambiguous: it may be { $names }
failure-no-such = there is no { $what } `{ $text }`
failure-directory-name = the directory sent a name that is none: { $error }
failure-tui-terminal = `relais tui` needs a terminal: `relais inbox` and `relais case show` print the same
failure-cannot-draw = cannot draw: { $error }
failure-seat-vacant = nobody holds that seat
failure-administrator-unsaid = say who administers: --data-dir DIR, or --server URL --ca FILE --operator-token-file FILE, or --account PATH of an administrator
failure-invited-unsaid = say who is invited: NAME and --profession, or --device-of
failure-not-a-time = `{ $text }` is not a time: write 2026-12-01 or 2026-12-01T16:00
failure-audit-broken = the audit trail is not intact: { $problem }. Keep a copy of the data directory as it is, and compare it with the last backup
failure-audit-not-a-head = `{ $text }` is not a head: give NUMBER:HASH as `relais audit verify` prints it
failure-not-a-case-id = `{ $text }` is not the whole id of a case
failure-not-a-time-or-age = `{ $text }` is not a time: give a day (2026-11-01), a time (2026-11-01T08:00:00Z) or how long ago (7d)
failure-rejoin-nothing = nobody wants to add you again: there is nothing to decide
failure-sharing-unasked = nobody can be asked before sharing: read the preview on a terminal, or give --yes
failure-no-seat = you hold no seat
failure-device-not-removed = the device could not be removed yet: try again in a moment
failure-no-such-device = no such device has this id: `relais case show` tells them, with --json all of them
failure-several-devices = several devices begin like this: give more of the id
failure-not-a-group = that is a case with a patient: name a group that was opened with `relais group open`
failure-group-alone = nobody else holds a seat there: add somebody first
failure-asks-nothing = that entry asks for nothing
failure-say-why = say why: give --note
failure-whose-identity-provider = say whose identity provider: --organisation DOMAIN
failure-nobody-signed-in = nobody signed in; nothing was enrolled
failure-period-empty = the period is empty: --since must be before --until and before now
failure-about-a-patient = --born and --patient-language are about a patient: name them with --patient
failure-not-role-person = `{ $spec }` is not ROLE=PERSON, such as navigator="Amélie Roy"
failure-invitation-empty = the invitation code is empty
failure-names-no-practitioner = { $name } names no practitioner: copy the name from `relais org log --json`
failure-ask-terminal = --ask needs a terminal: announce invitations with `relais org expect` instead
failure-terms = the terms { $error }
failure-nothing-proposed = { $organisation } has proposed nothing that waits for your organisation
failure-stands-at-raise = it stands at `{ $stage }`: raise it with `relais partnership propose`
failure-too-few-requests = no commitment has { $least_counted } requests of yours that came due: fewer would let single cases show through
failure-nothing-signed = your organisation has signed nothing with { $organisation }: begin with `relais partnership propose`
failure-not-a-commitment = `{ $text }` is not KIND=BUSINESS-DAYS, such as answer-referral=2, nor coverage-hours=WORDS
failure-open-from-team = open it from the team's case: this one is not a team's
failure-entry-not-in-log = the entry is not in the log
failure-takes-no-referrals = { $service } takes no referrals at the moment: enquire with `relais enquire`, or look for another with `relais directory map`
failure-ask-from-team = ask a service from the team's case: this one is no team's
failure-consent-not-in-force = the consent to share with { $actor } (#{ $number }) is not in force: record a new one with `relais consent`
failure-asks-nothing-late = that entry asks for nothing, so nothing is late
failure-nobody-covers = nobody covers its owner now: name a seat with --to
failure-note-required = this step requires a note: say it with --note
failure-reason-required = a decline requires a coded reason: say it with --reason
failure-seat-required = this step offers it to another seat: name it with --to
failure-asks-nothing-to-move = that entry asks for nothing, so there is nothing to move
failure-stance-unsaid = say at least one of --stance, --follow and --duty
failure-no-seat-name-one = you hold no seat in this case: name one with --for
failure-no-entry-of-class = no entry of the case is of that class
failure-no-conversation = no conversation of this case that goes on is called `{ $text }`: begin one with `relais refer` or `relais case patient`
failure-not-name-text = `{ $text }` is not NAME=TEXT, such as patient="M. Lavoie"
failure-template-nothing-to-set = the template `{ $template }` has nothing called `{ $name }` to set
failure-template-needs-set = the template `{ $template }` needs --set { $variable }=TEXT: { $about }
failure-no-officer-key = this account holds no officer's key: `relais audit officer-key create` makes one
failure-no-officer-keys = { $path } does not hold officer's keys: give the file that `officer-key export` has written
failure-witness-state-missing = { $key } is there and { $state } is missing: without knowing what it has signed, this witness could sign a second history. Restore the newest state from a backup, or run once with --once --begin-anew to become another witness
failure-witness-twice = another witness works with { $state }: end it first, two with one key could sign two histories
failure-witness-no-key = { $path } holds no witness's key: restore it from a backup
failure-witness-unreadable = { $path } cannot be read ({ $error }): restore it from a backup, or run once with --once --begin-anew
failure-witness-cannot-write = cannot write the state: { $error }
failure-no-seat-in-case = you hold no seat in the case
failure-decided-by-unsaid = say with --decided-by who has agreed to it
failure-asked-already =
    somebody has asked already:
    { $lines }
    Speak with them, or go on with --anyway, which the team sees
failure-nobody-answers = nobody answers for this service in the directory: ask its administrator
failure-alternative-unknown = the alternative is not in the directory ("{ $words }"): name a service
failure-alternative-none = the decline names no alternative: name a service
failure-name-the-service = name the service
failure-say-it-with = say it with { $flag }
failure-suggests-nothing = that entry suggests no service
failure-suggested-to-another = it was suggested to another seat: whoever holds it refers
failure-suggestion-stands = the suggestion stands at `{ $state }`: refer without it
failure-no-declined-referral = that is no declined referral
failure-no-step = it stands at `{ $state }`, from where you cannot move it to `{ $to }`; you can move it to: nothing
failure-other-steps = it stands at `{ $state }`, from where you cannot move it to `{ $to }`; you can move it to: { $possible }
failure-stage = your organisation stands at `{ $stage }` with { $organisation }, and this takes `{ $needed }`: ask first with `relais enquire`, which holds nothing about a patient; have an administrator propose it (`relais partnership propose { $organisation } --stage { $next }`); or go on with --without-partnership REASON, which the team sees
failure-stage-noted = your organisation stands at `{ $stage }` with { $organisation }, and this takes `{ $needed }`: ask first with `relais enquire`, which holds nothing about a patient; have an administrator propose it (`relais partnership propose { $organisation } --stage { $next }`); or go on with --without-partnership REASON, which the team sees. Note: { $problem }
failure-file = cannot { $verb } { $path }: { $error }
failure-no-section-of-the-plan = { $entry } is no section of the plan: `relais plan show` tells which there are
failure-no-goal-of-the-plan = { $entry } is no goal of the plan: `relais plan show` tells which there are
