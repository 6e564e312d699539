## command/admin

admin-admitted = Admis
admin-domain = Domaine
admin-name = Nom
admin-certified-hand-certificate-organisation = Certifié. Remettez ce certificat à l’organisation :
admin-hand-code-person-works-once = Remettez ce code à la personne; il ne sert qu’une fois :
admin-profession = Profession
admin-administers = Administre
admin-devices = Appareils
admin-yes = oui

## command/audit

audit-audit-trail-intact = Le journal d’audit est intact.
audit-events-recomputed = événements recalculés
audit-events-other-organisations-followed-their = événements d’autres organisations suivis par leurs liens
audit-nothing-was-recorded = Rien n’a été consigné.
audit-no = No
audit-time-utc = Heure (UTC)
audit-who = Qui
audit-what = Quoi
audit-what-2 = Sur quoi
audit-case = dossier

## command/case

case-no-case-yet = Aucun dossier.
case-title = Titre
case-kind = Genre
case-open = En cours
case-unread = À lire
case-ended = terminée
case-left = quitté
case-who-reads-case-recorded-for = Qui lit ce dossier est consigné pour la personne responsable de la vie privée de
case-who-reads-case-not-recorded = Qui lit ce dossier n’est pas consigné : aucune clé de responsable de la vie privée chez
case-not-sent-yet-sent-when = pas encore envoyés; ils partiront dès que possible

## command/confirm

confirm-nothing-was-shared = rien n’a été partagé

## command/directory

directory-nobody-was-found = Personne n’a été trouvé.
directory-name = Nom
directory-profession = Profession
directory-organisation = Organisation
directory-no-service-was-found = Aucun service n’a été trouvé.
directory-service = Service
directory-kind = Genre
directory-languages = Langues
directory-areas = Secteurs
directory-access = Accès
directory-everywhere = partout

## command/enquire

enquire-room =  : places à

## command/enrol

enrol-device-enrolled = Cet appareil est inscrit.

## command/evidence

evidence-sending-has-stopped = !! L’ENVOI EST ARRÊTÉ
evidence-nothing-was-found-out-against = Rien n’a été constaté contre le serveur ni contre quiconque.
evidence-transparency-logs-key-colleagues-must = La clé du journal de transparence; celle d’un collègue doit être la même :

## command/group

group-no-group-yet = Aucun groupe.
group-title = Titre
group-seats = Sièges
group-unread = À lire
group-no-notice-yet = Aucun avis.
group-vacant = vacant
group-nobody-has-told-numbers-yet = Aucun chiffre pour l’instant.

## command/hub

hub-nothing-waits-at-hub = Rien n’attend au guichet.

## command/identity

identity-people-organisation-enrol-with-invitations = Les gens de cette organisation ne s’inscrivent plus que sur invitation.
identity-people-organisation-can-enrol-signing = Les gens de cette organisation peuvent s’inscrire en se connectant
identity-enter-token-at-identity-provider = Entrez ce jeton chez le fournisseur d’identité; le précédent ne vaut plus :
identity-open-page-browser-on-machine = Ouvrez cette page dans un navigateur de cet appareil et connectez-vous

## command/inbox

inbox-nothing-waits-for-you = Rien ne vous attend.
inbox-nothing-open-any-case = Rien n’est en suspens dans aucun dossier.
inbox-acknowledge = à confirmer
inbox-do = à faire
inbox-unread = à lire
inbox-late = EN RETARD

## command/map

map-no-service-was-found = Aucun service n’a été trouvé.
map-kind = Genre
map-service = Service
map-organisation = Organisme
map-areas = Secteurs
map-hours = Heures
map-stage = Stade
map-capacity = Places
map-everywhere = partout
map-takes-no-referrals = ne prend pas de références
map-everything-was-asked-for-was = Tout ce qui a été demandé a pu être obtenu.
map-area = Secteur
map-why = Motif
map-times = Fois

## command/metrics

metrics-referrals-closed = Références fermées
metrics-escalations-taken = Escalades prises en main
metrics-answers-consults = Réponses aux demandes d’avis : –
metrics-days = jours

## command/org

org-key-made-stays-here-hand = La clé est créée et reste ici. Remettez cette demande à l’exploitant, puis placez à côté, sous le nom authority.pem, le certificat reçu :
org-invitations-announced = Invitations annoncées
org-connected-waiting-for-requests = Connecté : en attente de demandes.
org-not-connected-trying-again = Non connecté; nouvel essai
org-certified-no = Certifié no
org-refused = Refusé
org-nobody-waits-any-more-for = Plus personne n’attend la réponse pour
org-no = No
org-time-utc = Heure (UTC)
org-kind = Sorte
org-person = Personne
org-device = Appareil
org-because = Motif

## command/overdue

overdue-nobody-seat-vacant = personne, le siège est vacant
overdue-nothing-overdue = Rien n’est en retard.

## command/partnership

partnership-no-partnerships = Aucun partenariat.
partnership-since = depuis le
partnership-not-measured = n’est pas mesuré
partnership-cannot-be-believed = Ne peut être cru

## command/patient

patient-talking-with-care-team = Parler avec l’équipe de soins
patient-conversation-with = Une conversation avec

## command/quiet_hours

quiet-hours-only-what-you-have-acknowledge = Seul ce que vous devez confirmer vous interrompt de
quiet-hours-you-have-no-quiet-hours = Vous n’avez pas d’heures calmes.

## command/receipts

receipts-acknowledged = confirmé
receipts-nothing-unread = Tout est lu.
receipts-vacant = vacant
receipts-not-seen = Non lu par

## command/records

records-shown-again = Elle est de nouveau affichée.

## command/refer/agreement

refer-agreement-no-consent-recorded-case-words = Aucun consentement n’est consigné au dossier : les mots de la demande en tiennent lieu, et rien ne peut être copié du dossier.

## command/refer/checks

refer-checks-referred-although-open-already = Référence faite malgré ce qui est déjà ouvert :

## command/refer/preview

refer-preview-who-will-see = Qui le verra
refer-preview-title = Titre
refer-preview-patient = Patient
refer-preview-exactly-shared = Voici exactement ce qui est partagé :
refer-preview-conversation-exists = Dans la conversation existante :
refer-preview-new-conversation = Dans une nouvelle conversation.
refer-preview-neither-case-nor-its-team = Ni le dossier ni son équipe ne sont montrés.
refer-preview-service = Service
refer-preview-reason = Motif
refer-preview-needs = Besoins
refer-preview-consent = Consentement
refer-preview-outcome-wanted = Résultat souhaité
refer-preview-specialty = Spécialité
refer-preview-question = Question

## command/revoke

revoke-revoked-devices = Appareils révoqués
revoke-groups-their-members-have-yet = Groupes que leurs membres doivent encore rechiffrer

## command/seats

seats-seat = Siège
seats-as = Comme
seats-there = Présence
seats-held = Occupé par
seats-every-seat-has-looked = Chaque siège a regardé.
seats-not-since = Pas depuis
seats-vacant = vacant

## command/share

share-nothing-may-be-shared = rien de cela ne peut être partagé
share-shared-into = partagée dans
share-not-shared = non partagée
share-into = Dans
share-who-reads = Qui lit
share-be-used-for = utilisation prévue
share-not-shared-2 = n’est pas partagée
share-neither-case-nor-its-team = Ni le dossier ni son équipe ne sont montrés.

## command/template

template-name = Nom
template-for = Pour
template-set = À préciser
template-from = Source

## command/views

views-officers-keys-account = Clés de la personne responsable dans ce compte
views-nobodys-views-were-recorded = Aucune consultation n’a été consignée.
views-time-utc = Heure (UTC)
views-who = Qui
views-organisation = Organisme
views-case = Dossier
views-entries = Entrées
views-cannot-be-verified = ne peut être vérifiée

## command/watch

watch-watching-ctrl-c-ends = En veille; Ctrl-C pour finir.
watch-quiet-only-what-you-have = Heures calmes : pour l’instant, seul ce que vous devez confirmer est affiché.
watch-you-new-case = Vous avez un nouveau dossier.
watch-you-left-case = Vous avez quitté le dossier.

## command/witness

witness-log-holds-together = le journal est cohérent :
witness-entries = entrées
witness-server-does-not-know-witness = Le serveur ne connaît pas encore ce témoin. Son exploitant ajoute cette ligne à [transparency] witnesses :

## confirm

confirm-share-this = Partager ceci ? [o/N]
confirm-record-agreement = Aucun consentement à ce partage n’est consigné. Consigner au dossier que la personne y a consenti verbalement ? [o/N]
confirm-patient-conversation = L’ouvrir ? [o/N]
