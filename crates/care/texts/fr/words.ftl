## PartnershipStage

PartnershipStage-listed = répertorié
PartnershipStage-referral = référence
PartnershipStage-case = dossiers partagés

## CommitmentKind

CommitmentKind-answer_referral = répond à une référence
CommitmentKind-answer_enquiry = répond à une demande de disponibilité
CommitmentKind-answer_consult = répond à une demande d’avis
CommitmentKind-renew_capacity = met à jour ses disponibilités
CommitmentKind-coverage_hours = est joignable

## Likeness

Likeness-service = le même service
Likeness-kind = un service du même genre
Likeness-need = le même besoin

## Rejection

Rejection-only_in_a_team_case = On ne peut laisser entrer quelqu’un d’urgence que dans un dossier d’équipe.
Rejection-malformed = Un champ manque ou est mal formé.
Rejection-wrong_case = Cette entrée a été écrite pour un autre dossier.
Rejection-author_mismatch = L’auteur indiqué n’est pas le signataire.
Rejection-not_opened = Le dossier n’a pas été ouvert.
Rejection-already_opened = Seule la première entrée peut ouvrir un dossier.
Rejection-seat_missing = L’auteur doit agir depuis un siège.
Rejection-seat_not_held = L’auteur n’occupe pas ce siège.
Rejection-unknown_seat = Un siège indiqué n’existe pas dans ce dossier.
Rejection-seat_exists = Ce siège existe déjà dans le dossier.
Rejection-wrong_organisation = La personne n’appartient pas à l’organisation de ce siège.
Rejection-nobody_left = Tous les sièges deviendraient vacants.
Rejection-unknown_target = L’entrée visée ne figure pas dans ce dossier.
Rejection-not_in_catalogue = Cette étape n’est pas possible dans l’état actuel.
Rejection-wrong_party = Cette étape revient à un autre siège.
Rejection-note_required = Cette étape exige une note.
Rejection-decline_reason_required = Un refus exige un motif codé.
Rejection-role_not_allowed = Un siège de ce rôle ne peut pas dire cela.
Rejection-nominee_required = Cette étape exige un autre siège à qui l’offrir.
Rejection-alternative_required = Indiquez où le patient a été dirigé.
Rejection-same_seat = Il faut un autre siège.
Rejection-seat_changed = Une autre personne occupe maintenant ce siège.
Rejection-does_not_fit = Ce qui est rempli ne correspond pas à sa définition.
Rejection-already_on_team = Cette personne fait déjà partie de l’équipe.
Rejection-time_not_allowed = Un accès d’urgence prend fin dans les 72 heures.
Rejection-not_the_author = Seul son auteur peut corriger ou remplacer une entrée.
Rejection-not_correctable = Ce genre d’entrée ne peut pas être corrigé.
Rejection-must_be_taken_back = Elle a pris effet : revenez-y par une nouvelle étape.
Rejection-not_a_team_case = Seul un dossier d’équipe peut contenir des conversations liées.
Rejection-not_a_partner_conversation = Seule une conversation avec un partenaire peut être liée.
Rejection-relayed_by_another = Une autre personne relaie cette conversation.
Rejection-about_a_patient = Une demande à un service ne contient rien sur un patient.
Rejection-not_a_linked_conversation = Cela ne se dit que dans une conversation avec un partenaire ou la personne soignée.
Rejection-conversation_ended = La conversation est terminée : plus rien ne peut y être demandé ni partagé.
Rejection-no_patient_here = Ce groupe est sans patient : faites cette demande dans un dossier de la personne.
Rejection-reminded_already = Un rappel a été envoyé il y a moins d’un jour.
Rejection-nothing_to_remind = Aucun autre siège ne doit agir en ce moment.
Rejection-too_large = Elle est trop volumineuse pour être transmise aux nouveaux membres.

## Priority

Priority-routine = courant
Priority-urgent = urgent
Priority-asap = dès que possible
Priority-stat = immédiat (téléphoner aussi)

## Sensitivity

Sensitivity-normal = normale
Sensitivity-restricted = restreinte

## ConversationKind

ConversationKind-team = Dossier d’équipe
ConversationKind-partner = Conversation avec un partenaire
ConversationKind-enquiry = Demande à un service
ConversationKind-patient = Conversation avec la personne soignée
ConversationKind-community = Groupe sans patient

## IdentifierKind

IdentifierKind-patient_name = nom d’une personne que vous suivez
IdentifierKind-birth_date = date exacte
IdentifierKind-health_card = numéro d’assurance maladie
IdentifierKind-telephone = numéro de téléphone
IdentifierKind-email = adresse de courriel
IdentifierKind-postal_code = code postal

## OverdueKind

OverdueKind-acknowledgement = non confirmée à temps
OverdueKind-due = non faite à temps

## SeatRole

SeatRole-specialist = Spécialiste
SeatRole-primary_care_physician = Médecin de famille
SeatRole-nurse_case_manager = Gestion de cas infirmière
SeatRole-navigator = Intervention pivot
SeatRole-pharmacist = Pharmacie
SeatRole-social_worker = Travail social
SeatRole-community_worker = Intervention communautaire
SeatRole-clerk = Secrétariat
SeatRole-laboratory = Laboratoire
SeatRole-patient = Patient
SeatRole-caregiver = Proche aidant
SeatRole-emergency = Accès d’urgence
SeatRole-hub = Guichet
SeatRole-mentor = Mentorat
SeatRole-manager = Gestion

## Stance

Stance-monitor = surveille
Stance-co_manage = assure un suivi conjoint
Stance-hand_over = a confié le suivi

## FollowLevel

FollowLevel-all = tout
FollowLevel-milestones = étapes
FollowLevel-exceptions = exceptions

## Significance

Significance-detail = détail
Significance-milestone = étape
Significance-exception = exception

## DutyClass

DutyClass-administrative = administratif
DutyClass-clinical = clinique
DutyClass-coordination = coordination

## CoverageRung

CoverageRung-seat = le siège lui-même
CoverageRung-delegate = siège délégué
CoverageRung-pool = équipe de relève
CoverageRung-supervisor = siège de supervision

## Availability

Availability-held = occupé
Availability-away = absence
Availability-vacant = vacant

## LoopKind

LoopKind-consult = Demande d’avis
LoopKind-referral = Référence
LoopKind-task = Tâche
LoopKind-acknowledgement_request = Demande de confirmation
LoopKind-capacity_enquiry = Demande de disponibilité
LoopKind-resource_suggestion = Suggestion de ressource
LoopKind-discharge_notice = Avis de congé
LoopKind-medication_change = Changement de médication
LoopKind-result_follow_up = Suivi de résultat
LoopKind-plan_goal = Objectif du plan
LoopKind-plan_action = Action du plan
LoopKind-handover = Transfert de siège
LoopKind-escalation = Escalade
LoopKind-consent = Consentement
LoopKind-appointment = Rendez-vous
LoopKind-plan_section = Section du plan
LoopKind-defined = Demande particulière
LoopKind-break_glass = Bris de glace

## LoopState

LoopState-open = ouverte
LoopState-info_requested = précisions demandées
LoopState-supplied = précisions fournies
LoopState-answered = réponse donnée
LoopState-closed = fermée
LoopState-withdrawn = retirée
LoopState-requested = demandée
LoopState-received = reçue
LoopState-accepted = acceptée
LoopState-declined = déclinée
LoopState-in_progress = en cours
LoopState-on_hold = suspendue
LoopState-completed = menée à terme
LoopState-failed = non aboutie
LoopState-pending = en attente de confirmation
LoopState-acknowledged = confirmée
LoopState-refused = refusée
LoopState-done = faite
LoopState-cancelled = annulée
LoopState-expired = échue
LoopState-asked = posée
LoopState-capacity = places disponibles
LoopState-none = aucune place
LoopState-waitlist = liste d’attente
LoopState-assess_first = évaluation préalable
LoopState-suggested = suggérée
LoopState-referred = référence faite
LoopState-sent = envoyée
LoopState-follow_up_booked = suivi fixé
LoopState-proposed = proposée
LoopState-informed = annoncée
LoopState-reconciled = conciliée
LoopState-disputed = contestée
LoopState-actioned = suite donnée
LoopState-reassignment_offered = offerte à un autre siège
LoopState-rejected = rejetée
LoopState-active = active
LoopState-achieved = atteinte
LoopState-offered = offerte
LoopState-raised = signalée
LoopState-taken = prise en main
LoopState-resolved = réglée
LoopState-booked = fixée
LoopState-fulfilled = honorée
LoopState-no_show = absence du patient
LoopState-abort_requested = arrêt demandé
LoopState-justified = revue : justifiée
LoopState-unjustified = revue : non justifiée

## Party

Party-requester = siège demandeur
Party-owner = siège responsable
Party-nominee = siège pressenti
Party-pool = siège de l’équipe du guichet

## Requirement

Requirement-nothing = rien
Requirement-note = une note
Requirement-decline_reason = un motif de refus
Requirement-nominee = un autre siège

## DeclineReason

DeclineReason-no_capacity = aucune place disponible
DeclineReason-waitlist = liste d’attente seulement
DeclineReason-not_eligible = critères d’admission non remplis
DeclineReason-could_not_contact = patient injoignable
DeclineReason-no_longer_interested = patient plus intéressé
DeclineReason-referred_elsewhere = dirigé vers un autre service

## ConsultClass

ConsultClass-advice = avis
ConsultClass-co_manage = suivi conjoint
ConsultClass-take_over = prise en charge

## ResultFlag

ResultFlag-normal = normal
ResultFlag-abnormal = anormal
ResultFlag-critical = critique

## SignOff

SignOff-agreed = d’accord
SignOff-objected = pas d’accord

## HandoverScope

HandoverScope-seat = le siège
HandoverScope-obligations = ses demandes ouvertes

## FieldKind

FieldKind-line = une ligne
FieldKind-prose = un texte
FieldKind-number = un nombre
FieldKind-date = une date
FieldKind-yes_no = oui ou non
FieldKind-choice = un choix

## HistoryScope

HistoryScope-all = tout
HistoryScope-since = depuis une date
HistoryScope-kinds = par genre
HistoryScope-open = seulement ce qui est en cours

## BreakGlassReason

BreakGlassReason-emergency_treatment = traitement d’urgence
BreakGlassReason-risk_of_harm = risque de préjudice
BreakGlassReason-team_unreachable = équipe injoignable
BreakGlassReason-legal_duty = obligation légale
BreakGlassReason-other = autre motif

## InformationClass

InformationClass-identity = identité
InformationClass-contact = coordonnées
InformationClass-social = situation sociale
InformationClass-clinical = résumé clinique
InformationClass-medication = médication
InformationClass-results = résultats d’examens
InformationClass-mental_health = santé mentale

## ConsentGiven

ConsentGiven-verbal = verbalement
ConsentGiven-written = par écrit
ConsentGiven-substitute = par la personne qui décide pour elle

## AccessEndedCause

AccessEndedCause-consent_withdrawn = le consentement au partage a été retiré
AccessEndedCause-consent_expired = la période du consentement est terminée

## Withheld

Withheld-rejected = sans effet dans le dossier
Withheld-taken_back = retirée par la personne qui l’a écrite
Withheld-replaced = remplacée par une entrée plus récente
Withheld-restricted = réservée à l’équipe par la personne qui l’a écrite
Withheld-nothing_to_share = elle ne contient rien à partager
Withheld-no_class = précisez de quel genre d’information il s’agit
Withheld-not_recorded = aucun consentement à ce partage n’est consigné
Withheld-not_in_force = le consentement à ce partage n’est pas en vigueur
Withheld-not_covered = le consentement ne couvre pas ce genre d’information
Withheld-nobody_there = il n’y a personne avec qui la partager
