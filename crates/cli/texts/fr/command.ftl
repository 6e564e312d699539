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
group-acknowledged = confirmé par { $count } sur { $all }

## command/hub

hub-nothing-waits-at-hub = Rien n’attend au guichet.
hub-asked = demandé par { $by } le { $since } · { $title } · { $case } #{ $number }
hub-asked-due = demandé par { $by } le { $since } · échéance { $due } · { $title } · { $case } #{ $number }
hub-not-yours = ce n’est pas possible maintenant : { $owner } ({ $holder }) s’en occupe, et l’état est « { $state } »

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
inbox-queued = { $count } en attente au guichet : relais hub queue

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
metrics-answers-quartiles = Réponses aux demandes d’avis : { $count }, dont la moitié en { $half }; la moitié centrale a pris de { $quarter } à { $most }
metrics-answers-beyond = Réponses aux demandes d’avis : { $count }, dont la moitié au-delà des tranches
metrics-answers-within = Réponses aux demandes d’avis : { $count }, dont la moitié en moins de { $within }
metrics-told-by = Transmis par { $people }; ce qui compte moins de cinq cas est omis
metrics-period = Du { $start } au { $end }
metrics-in-time = Confirmées à temps ({ $role })
metrics-vacant-hours = Heures de siège vacant : { $hours }
metrics-usefulness-unsaid = Utilité : personne ne s’est prononcé
metrics-usefulness = Utilité : { $whole },{ $tenth } sur 5, dit { $count } fois

## command/new_devices

new-devices-named =
    ! Un nouvel appareil « { $label } » a été inscrit à votre nom à { $at }. Si ce n’était pas vous, demandez à votre administrateur de le révoquer :
    {"  "}{ $revoke }
new-devices-unnamed =
    ! Un nouvel appareil a été inscrit à votre nom à { $at }. Si ce n’était pas vous, demandez à votre administrateur de le révoquer :
    {"  "}{ $revoke }

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
overdue-yours = Personne ne l’a encore confirmé; c’est demandé pour { $by }. Si vous l’avez pris en charge, dites-le :
overdue-yours-late = Il fallait le confirmer avant { $by }; d’autres sont prévenus. Si vous l’avez pris en charge, dites-le maintenant :
overdue-theirs = { $who } doit le confirmer avant { $by } et ne l’a pas fait. C’est à vous : téléphonez, ou demandez à un autre siège :

## command/partnership

partnership-no-partnerships = Aucun partenariat.
partnership-since = depuis le
partnership-not-measured = n’est pas mesuré
partnership-cannot-be-believed = Ne peut être cru
partnership-published = { $count ->
    [one] { $count } engagement
   *[other] { $count } engagements
} : les deux organisations voient vos comptes.
partnership-proposed = proposé par { $by } : { $stage }
partnership-promise = { $who } { $does } en { $days ->
    [one] { $days } jour ouvrable
   *[other] { $days } jours ouvrables
}
partnership-kept = tenu { $kept } fois sur { $due }, délai médian de { $days ->
    [one] { $days } jour ouvrable
   *[other] { $days } jours ouvrables
} ; { $waiting } en attente
partnership-told = { $by } a compté : { $promise } : tenu { $kept } fois sur { $due }, délai médian de { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}

## command/patient

patient-talking-with-care-team = Parler avec l’équipe de soins
patient-conversation-with = Une conversation avec

## command/post

post-marked =
    ce groupe est sans patient et rien n’a été envoyé : ceci peut révéler de qui il s’agit
    { $found }
    Retirez-le; si ce n’est pas un identifiant, dites-le avec --not-identifier GENRE, ce qui est consigné

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
records-hidden = #{ $number } vous est masquée jusqu’au { $day }. Personne d’autre ne le sait, et elle reste due.

## command/refer/agreement

refer-agreement-no-consent-recorded-case-words = Aucun consentement n’est consigné au dossier : les mots de la demande en tiennent lieu, et rien ne peut être copié du dossier.

## command/refer/checks

refer-checks-referred-although-open-already = Référence faite malgré ce qui est déjà ouvert :
refer-checks-without-partnership = Sans partenariat avec { $organisation } au stade « { $wanted } » (actuel : { $stands }) : { $reason }
refer-checks-similar = { $title } ({ $state }), par { $by } le { $on } : { $why }

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

## command/refer/source

refer-source-instead = Référence à { $service }, à la place de { $before } qui a décliné.

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
template-checked = « { $name } » est un modèle : { $asks ->
    [one] { $asks } demande
   *[other] { $asks } demandes
}, { $goals ->
    [one] { $goals } objectif
   *[other] { $goals } objectifs
}.
template-optional = { $role } (facultatif)
template-within-hours = en { $hours } h
template-within-days = en { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}

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
