### What a command tells if it cannot do what was asked.

failure-no-account-named = aucun compte n’est nommé : donnez --account CHEMIN ou réglez RELAIS_ACCOUNT
failure-settled-late = le compte a mis trop de temps à se stabiliser : réessayez
failure-passphrases-differ = les deux phrases de passe diffèrent : réessayez
failure-passphrase-empty = la phrase de passe est vide : choisissez-en une
failure-passphrase-unasked = la phrase de passe ne peut être demandée à personne ({ $error }) : réglez { $passphrase } ou donnez --passphrase-file
failure-server-unsaid = dites où est le serveur : --server URL --ca FICHIER, ou --data-dir DOSSIER
failure-standard-input = impossible de lire l’entrée standard : { $error }
failure-cannot-print = impossible d’afficher : { $error }
failure-standard-output = impossible d’écrire sur la sortie standard : { $error }
failure-ambiguous = « { $text } » est ambigu : ce peut être { $names }
failure-no-such = { $what ->
    [case] il n’y a aucun dossier « { $text } »
    [entry] il n’y a aucune entrée « { $text } »
    [seat] il n’y a aucun siège « { $text } »
    [device] il n’y a aucun appareil « { $text } »
    [person] il n’y a personne du nom de « { $text } »
    [service] il n’y a aucun service « { $text } »
   *[other] il n’y a rien de tel : « { $text } »
}
failure-directory-name = le répertoire a envoyé un nom qui n’en est pas un : { $error }
failure-tui-terminal = `relais tui` demande un terminal : `relais inbox` et `relais case show` montrent la même chose
failure-cannot-draw = impossible de dessiner : { $error }
failure-seat-vacant = personne n’occupe ce siège
failure-administrator-unsaid = dites qui administre : --data-dir DOSSIER, ou --server URL --ca FICHIER --operator-token-file FICHIER, ou --account CHEMIN d’un administrateur
failure-invited-unsaid = dites qui est invité : NOM et --profession, ou --device-of
failure-not-a-time = « { $text } » n’est pas une date ni une heure : écrivez 2026-12-01 ou 2026-12-01T16:00
failure-audit-broken = la piste de vérification n’est pas intacte : { $problem }. Gardez une copie du dossier de données tel qu’il est, et comparez-la à la dernière sauvegarde
failure-audit-not-a-head = « { $text } » n’est pas une tête : donnez NUMÉRO:EMPREINTE comme l’affiche `relais audit verify`
failure-not-a-case-id = « { $text } » n’est pas le numéro complet d’un dossier
failure-not-a-time-or-age = « { $text } » n’est pas un moment : donnez un jour (2026-11-01), une heure (2026-11-01T08:00:00Z) ou il y a combien de temps (7d)
failure-rejoin-nothing = personne ne veut vous ajouter de nouveau : il n’y a rien à décider
failure-sharing-unasked = la confirmation ne peut être demandée à personne avant le partage : lisez l’aperçu dans un terminal, ou donnez --yes
failure-no-seat = vous n’occupez aucun siège
failure-device-not-removed = l’appareil n’a pas encore pu être retiré : réessayez dans un instant
failure-no-such-device = aucun appareil n’a ce numéro : `relais case show` les montre, et avec --json tous
failure-several-devices = plusieurs appareils commencent ainsi : donnez-en plus du numéro
failure-not-a-group = c’est le dossier d’une personne soignée : nommez un groupe ouvert avec `relais group open`
failure-group-alone = personne d’autre n’y occupe un siège : ajoutez d’abord quelqu’un
failure-asks-nothing = cette entrée ne demande rien
failure-say-why = dites pourquoi : donnez --note
failure-whose-identity-provider = dites de qui est le fournisseur d’identité : --organisation DOMAINE
failure-nobody-signed-in = personne ne s’est connecté; rien n’a été inscrit
failure-period-empty = la période est vide : --since doit précéder --until et maintenant
failure-about-a-patient = --born et --patient-language concernent une personne soignée : nommez-la avec --patient
failure-not-role-person = « { $spec } » n’est pas de la forme RÔLE=PERSONNE, par exemple navigator="Amélie Roy"
failure-invitation-empty = le code d’invitation est vide
failure-names-no-practitioner = { $name } ne nomme aucun praticien : copiez le nom de `relais org log --json`
failure-ask-terminal = --ask demande un terminal : annoncez plutôt les invitations avec `relais org expect`
failure-terms = les conditions ne vont pas : { $error }
failure-nothing-proposed = { $organisation } n’a rien proposé qui attende votre organisation
failure-stands-at-raise = le stade est « { $stage } » : faites-le monter avec `relais partnership propose`
failure-too-few-requests = aucun engagement ne compte { $least_counted } de vos demandes arrivées à échéance : en dessous, on reconnaîtrait des cas
failure-nothing-signed = votre organisation n’a rien signé avec { $organisation } : commencez par `relais partnership propose`
failure-not-a-commitment = « { $text } » n’est pas de la forme GENRE=JOURS-OUVRABLES, par exemple answer-referral=2, ni coverage-hours=MOTS
failure-open-from-team = ouvrez-la depuis le dossier de l’équipe : celui-ci n’est pas d’une équipe
failure-entry-not-in-log = l’entrée n’est pas au journal
failure-takes-no-referrals = { $service } ne prend pas de références en ce moment : renseignez-vous avec `relais enquire`, ou cherchez un autre service avec `relais directory map`
failure-ask-from-team = demandez un service depuis le dossier de l’équipe : celui-ci n’est pas d’une équipe
failure-consent-not-in-force = le consentement au partage avec { $actor } (#{ $number }) n’est pas en vigueur : consignez-en un nouveau avec `relais consent`
failure-asks-nothing-late = cette entrée ne demande rien, donc rien n’est en retard
failure-nobody-covers = personne ne remplace maintenant son responsable : nommez un siège avec --to
failure-note-required = cette étape demande une note : donnez-la avec --note
failure-reason-required = un refus demande un motif codé : donnez-le avec --reason
failure-seat-required = cette étape l’offre à un autre siège : nommez-le avec --to
failure-asks-nothing-to-move = cette entrée ne demande rien, donc il n’y a rien à faire avancer
failure-stance-unsaid = donnez au moins une de --stance, --follow et --duty
failure-no-seat-name-one = vous n’occupez aucun siège dans ce dossier : nommez-en un avec --for
failure-no-entry-of-class = aucune entrée du dossier n’est de cette classe
failure-no-conversation = aucune conversation de ce dossier qui se poursuit ne s’appelle « { $text } » : commencez-en une avec `relais refer` ou `relais case patient`
failure-not-name-text = « { $text } » n’est pas de la forme NOM=TEXTE, par exemple patient="M. Lavoie"
failure-template-nothing-to-set = le modèle « { $template } » n’a rien qui s’appelle « { $name } » à régler
failure-template-needs-set = le modèle « { $template } » demande --set { $variable }=TEXTE : { $about }
failure-no-officer-key = ce compte n’a pas de clé de responsable : `relais audit officer-key create` en fait une
failure-no-officer-keys = { $path } ne contient pas de clés de responsable : donnez le fichier écrit par `officer-key export`
failure-witness-state-missing = { $key } est là et { $state } manque : sans savoir ce qu’il a signé, ce témoin pourrait signer un deuxième historique. Restaurez l’état le plus récent à partir d’une sauvegarde, ou exécutez une fois avec --once --begin-anew pour devenir un autre témoin
failure-witness-twice = un autre témoin travaille avec { $state } : arrêtez-le d’abord, deux témoins avec une même clé pourraient signer deux historiques
failure-witness-no-key = { $path } ne contient pas de clé de témoin : restaurez-le à partir d’une sauvegarde
failure-witness-unreadable = { $path } ne peut être lu ({ $error }) : restaurez-le à partir d’une sauvegarde, ou exécutez une fois avec --once --begin-anew
failure-witness-cannot-write = impossible d’écrire l’état : { $error }
failure-no-seat-in-case = vous n’occupez aucun siège dans le dossier
failure-decided-by-unsaid = dites avec --decided-by qui y a consenti
failure-asked-already =
    quelqu’un l’a déjà demandé :
    { $lines }
    Parlez-lui, ou continuez avec --anyway, ce que l’équipe voit
failure-nobody-answers = personne ne répond de ce service au répertoire : demandez à son administrateur
failure-alternative-unknown = l’autre possibilité n’est pas au répertoire (« { $words } ») : nommez un service
failure-alternative-none = le refus ne nomme aucune autre possibilité : nommez un service
failure-name-the-service = nommez le service
failure-say-it-with = dites-le avec { $flag }
failure-suggests-nothing = cette entrée ne propose aucun service
failure-suggested-to-another = il a été proposé à un autre siège : c’est à la personne qui l’occupe de référer
failure-suggestion-stands = la suggestion est à l’étape « { $state } » : référez sans elle
failure-no-declined-referral = ce n’est pas une référence refusée
failure-no-step = l’état est « { $state } », d’où vous ne pouvez pas le faire passer à « { $to } »; aucune étape ne vous est possible
failure-other-steps = l’état est « { $state } », d’où vous ne pouvez pas le faire passer à « { $to } »; vous pouvez le faire passer à : { $possible }
failure-stage = votre organisation en est au stade « { $stage } » avec { $organisation }, et il faut ici « { $needed } » : renseignez-vous d’abord avec `relais enquire`, qui ne contient rien sur la personne soignée; faites proposer le stade par un administrateur (`relais partnership propose { $organisation } --stage { $next }`); ou continuez avec --without-partnership MOTIF, ce que l’équipe voit
failure-stage-noted = votre organisation en est au stade « { $stage } » avec { $organisation }, et il faut ici « { $needed } » : renseignez-vous d’abord avec `relais enquire`, qui ne contient rien sur la personne soignée; faites proposer le stade par un administrateur (`relais partnership propose { $organisation } --stage { $next }`); ou continuez avec --without-partnership MOTIF, ce que l’équipe voit. À noter : { $problem }
failure-file = impossible de { $verb ->
    [read] lire
    [write] écrire
    [make] créer
    [find] trouver
    [open] ouvrir
    [lock] verrouiller
    [rename] renommer
   *[other] traiter
} { $path } : { $error }
failure-no-section-of-the-plan = { $entry } n’est pas une section du plan : `relais plan show` dit lesquelles il y a
failure-no-goal-of-the-plan = { $entry } n’est pas un objectif du plan : `relais plan show` dit lesquels il y a
