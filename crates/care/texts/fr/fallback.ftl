## compose/fallback

fallback-care-team-has-changed = L’équipe de soins a changé
fallback-due = Échéance
fallback-delivered = Remis
fallback-read = lus
fallback-acknowledged = confirmés
fallback-withdrawn = Retiré
fallback-corrected = Corrigé
fallback-earlier-entries = Entrées antérieures
fallback-shared-from-conversation-with-partner = Partagé d’une conversation avec un partenaire
fallback-taken-back = Demande retirée
fallback-entered-error = Saisi par erreur
fallback-looked-through-case = Dossier revu
fallback-reminder = Rappel
fallback-case-opened = Dossier ouvert
fallback-attachment = Pièce jointe
fallback-bytes = octets
fallback-needs = Besoins
fallback-consent = Consentement
fallback-outcome-wanted = Résultat souhaité
fallback-usefulness-from-1-5 = Utilité, de 1 à 5
fallback-eligibility = Admissibilité
fallback-meanwhile = En attendant
fallback-expected = Date prévue
fallback-alternative = Autre possibilité

## compose/fallback/access

access-let = Accès donné à
access-until = Jusqu’au
access-why = Motif
access-earlier-entries = Entrées antérieures
access-shared-more-earlier-entries = A transmis d’autres entrées antérieures
access-with = À
access-what = Quoi
access-since = depuis le

## compose/fallback/definition

definition-new-kind-request = Nouveau genre de demande
definition-fields = Champs
definition-states = États

## compose/fallback/plan

plan-what-matters = Ce qui compte
plan-target-date = Date visée
plan-on-plan = Au sujet du plan

## compose/fallback/records

records-decision = Décision
records-reason = Motif
records-be-reviewed = À revoir le
records-numbers-without-content = Chiffres sans contenu
records-from = Du
records-until = Jusqu’au
records-answers = Réponses
records-referrals-closed = Références fermées
records-escalations-taken = Escalades prises en main
records-vacant-seat-hours = Heures de siège vacant
records-acknowledged-time = confirmées à temps

## compose/fallback/requests

requests-area = Territoire
requests-do = À faire
requests-due = Échéance
requests-where-things-stand = Situation
requests-open-items = Demandes ouvertes
requests-if-things-go-wrong = En cas de problème
requests-when = Quand
requests-where = Où
requests-whom-takes = Clientèle
requests-languages = Langues
requests-why = Motif
requests-diagnoses = Diagnostics
requests-medications = Médicaments
requests-pending-tests = Examens en attente
requests-follow-up = Suivi
requests-made-already = déjà fait
requests-proposed = proposé
requests-before = Avant
requests-from-now-on = Désormais
requests-with = Avec
requests-what = Quoi
requests-from = Du
requests-until = Jusqu’au
requests-decided = Décision de
requests-given = Donné

## compose/fallback/seats

seats-how-i-take-part = Ma participation
seats-stance = Position
seats-follows = Suit
seats-out-office-with-delegate = Absence, avec délégation
seats-delegation = Délégation
seats-from = Du
seats-until = Jusqu’au
seats-for = Pour
seats-why = Motif
seats-yes = oui
seats-no = non
seats-who-covers-seat = Qui couvre le siège
seats-seats-pool = Sièges de relève
seats-supervised = Supervision

## compose/fallback/sharing

sharing-shared-from-care-team = Partagé par l’équipe de soins
sharing-said-on = Dit le
sharing-what = Quoi
sharing-be-used-for = Utilisation prévue
sharing-conversation-has-ended = Cette conversation est terminée
sharing-access-has-ended = Un accès a pris fin
sharing-what-was-read-stays-read = Ce qui a été lu reste lu; plus rien n’est partagé.
sharing-care-team-also-has-conversation = L’équipe de soins a aussi sa propre conversation au sujet de ces soins. Elle n’est pas montrée ici; ce qui en est partagé l’est.

## plan/html

html-services-plan = Plan de services
html-nothing-planned-yet = Rien n’est encore prévu.
html-not-pursued = Non retenu
html-as-entry = À l’entrée
html-vacant-seat = siège vacant
html-earlier-wording = avec une formulation antérieure

## plan/markdown

markdown-services-plan = Plan de services
markdown-nothing-planned-yet = Rien n’est encore prévu.
markdown-not-pursued = Non retenu
markdown-as-entry = À l’entrée
markdown-nothing-has-changed = Rien n’a changé.
markdown-nobody = personne
markdown-new = nouveau
markdown-not-there = absent
markdown-reworded = reformulé
markdown-vacant-seat = siège vacant
markdown-earlier-wording = avec une formulation antérieure
