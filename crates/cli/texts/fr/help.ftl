# L’aide de chaque commande. Un identifiant vient du paragraphe anglais : s’il change, il faut le
# traduire de nouveau.

help-commands = Commandes
help-arguments = Arguments
help-options = Options
help-template =
    {"{"}before-help{"}"}{"{"}about-with-newline{"}"}
    Utilisation : {"{"}usage{"}"}

    {"{"}all-args{"}"}{"{"}after-help{"}"}

help-a-caregiver-whom-the-900ba46a = Une personne proche aidante que le patient a nommée; peut être répété
help-a-commitment-is-kind-e55b69b9 = 
    Un engagement est GENRE=JOURS-OUVRABLES, ou coverage-hours=MOTS. Les genres sont answer-referral,
    answer-enquiry, answer-consult, renew-capacity et coverage-hours.
help-a-declined-referral-of-a5456500 = Une référence déclinée de ce dossier qu’elle remplace, par son numéro : reprend ce qu’elle disait, et l’autre possibilité
help-a-device-by-the-346c816d = Un appareil par le début de son numéro, son étiquette ou son nom de ressource; une personne par son nom, son numéro ou son nom de ressource
help-a-diagnosis-may-be-69a6257d = Un diagnostic; peut être répété
help-a-duty-of-its-48f01966 = Une tâche de sa charte, qui remplace la précédente; peut être répété. Classes : administrative, clinical ou coordination
help-a-further-device-of-2cfea4c0 = Plutôt un autre appareil de cette personne : nom, numéro ou nom de ressource
help-a-head-that-was-caf2879b = Une tête conservée, NUMBER:HASH : elle doit encore être dans la chaîne
help-a-language-it-is-1a1c8b9b = Une langue dans laquelle il est offert, BCP 47; peut être répété
help-a-language-it-must-89186782 = Une langue dans laquelle il doit être offert, BCP 47
help-a-language-that-it-4f8d3b5f = Une langue qu’on y parle, BCP 47; peut être répété, selon l’annuaire si omis
help-a-medication-at-discharge-abc4eb6e = Un médicament au congé; peut être répété
help-a-primary-care-physician-b08159d2 = La position du médecin de famille : monitor, co-manage ou hand-over
help-a-scope-to-ask-71ec52ab = Une portée à demander en plus de `openid`; peut être répété
help-a-seat-and-who-9d812864 = Un siège et qui l’occupe : nom, numéro ou nom de ressource; peut être répété
help-a-seat-that-decided-f14d5609 = Un siège qui l’a décidé; peut être répété, le vôtre si omis
help-a-seat-that-is-e2ce837a = Un siège informé; peut être répété, toute l’équipe si omis
help-a-seat-that-shares-d064bacb = Un siège qui partage son travail; peut être répété
help-a-service-of-the-83e3935f = Un service de l’annuaire qui pourrait aider à la place
help-a-suggestion-of-the-9bdfd603 = Une suggestion du dossier qu’elle suit, par son numéro : reprend ce qu’elle dit, et la suggestion avance
help-a-test-whose-result-6206df68 = Un examen dont le résultat est attendu; peut être répété
help-accept-what-is-offered-daba6eee = Accepter ce qui vous est offert
help-accept-what-the-other-0b366a08 = Accepter ce que l’autre organisation a proposé; pour les administrateurs
help-accounts-account-path-or-104eeb00 = 
    Comptes : --account PATH ou RELAIS_ACCOUNT nomme le fichier chiffré d’un appareil. Sa phrase
    secrète vient de RELAIS_PASSPHRASE, de --passphrase-file ou d’une question, jamais d’une option.
help-add-seats-with-their-9b5fb698 = Ajouter des sièges et leurs titulaires, ou de nouveaux appareils; les nouveaux reçoivent l’historique que vous choisissez
help-address-and-port-to-4adfd325 = Adresse et port d’écoute; le port 0 prend n’importe lequel de libre
help-address-of-the-server-c05d0e83 = Adresse du serveur, par exemple `https://relais.example:8443`
help-admit-an-organisation-operator-88effb7a = Admettre une organisation (exploitant)
help-admit-members-of-this-eb076247 = N’admettre que les membres de ce groupe
help-admit-organisations-invite-people-0744520d = Admettre des organisations, inviter des gens, mettre fin à leur accès, publier des services
help-admit-verified-e-mail-12dace70 = N’admettre que les adresses de courriel vérifiées de ce domaine
help-an-area-it-must-41deff8d = Un territoire qu’il doit desservir
help-an-area-served-may-1b084cb2 = Un territoire desservi; peut être répété, partout si omis
help-announce-invitations-so-that-c899d0ab = Annoncer des invitations, pour que l’agent certifie les appareils qui s’inscrivent avec elles
help-answer-grpc-reflection-for-40c07f7d = Répondre à la réflexion gRPC, pour les développeurs
help-answer-the-server-s-cbb716bf = Répondre aux demandes de certificats du serveur, jusqu’à interruption
help-area-to-be-served-b9bb568d = Territoire à desservir
help-as-comma-separated-values-63edb671 = En valeurs séparées par des virgules
help-as-it-stood-after-8909eaa5 = Tel qu’il était après l’entrée de ce numéro; sinon tel qu’il est
help-as-whom-relais-is-85307264 = Sous quel nom Relais y est enregistré
help-ask-a-seat-for-3713b233 = Demander un avis à un siège
help-ask-a-seat-for-fef04869 = Demander à un siège un « je m’en charge » explicite
help-ask-a-seat-to-c1accf59 = Demander à un siège de faire quelque chose
help-ask-for-a-test-21af9264 = Demander qu’on donne suite à un résultat d’examen
help-ask-for-something-that-b5a1c933 = Demander quelque chose qui a été défini
help-ask-on-the-terminal-06516951 = Demander au terminal pour un appareil que personne n’a annoncé
help-ask-whether-a-service-29eee5bb = Demander si un service a de la place, sans un mot sur un patient
help-at-the-provider-register-93d4107c = 
    Chez le fournisseur, enregistrez un client public avec PKCE et l’adresse de retour
    http://127.0.0.1/callback, à n’importe quel port.
help-begin-as-another-witness-072fb5ab = Recommencer comme un autre témoin, avec une nouvelle clé que l’exploitant doit configurer, parce que l’état est perdu; ce qui reste des anciens fichiers est gardé sous `….retired`
help-begin-it-as-a-fb5b2c72 = Le commencer comme le dit un modèle : son nom, ou son fichier
help-by-when-a-date-f9c1f873 = Avant quand : une date, ou une date et une heure, UTC
help-by-when-iso-8601-4b8d4b5e = Avant quand, ISO 8601
help-by-when-you-want-81ca741f = Avant quand vous voulez savoir qu’on l’a : une date, ou une date et une heure, UTC; selon la priorité si omis
help-certify-an-organisation-s-263846bc = Certifier l’autorité propre d’une organisation (exploitant)
help-certify-devices-that-nobody-df1245e9 = Certifier des appareils que personne n’a annoncés : c’est faire confiance aux invitations du serveur
help-check-once-and-end-96ec0f52 = Vérifier une fois et finir
help-check-the-transparency-log-d2aebad3 = Vérifier le journal de transparence pour d’autres organisations, et le cosigner
help-claim-that-is-the-de739a07 = Revendication qui est `userName` ou `externalId` dans l’annuaire du fournisseur (SCIM)
help-claim-with-the-person-3e136655 = Revendication qui porte le nom de la personne
help-claim-with-the-person-91897b15 = Revendication qui porte la ressource FHIR de la personne, un Practitioner
help-claim-with-the-person-fd0bdae6 = Revendication qui porte les groupes de la personne
help-claim-with-the-person-fd50f20f = Revendication qui porte la profession de la personne
help-code-of-the-state-f400ad8c = Code de l’état où elle passe
help-community-services-a96415e5 = Services communautaires
help-configuration-file-toml-see-e6f34308 = Fichier de configuration (TOML); voir `relaisd config print-default`
help-correct-or-withdraw-what-a93de184 = Corriger ou retirer ce que vous avez écrit
help-counts-of-declined-referrals-108ecfbd = Compte des références déclinées et des demandes sans place, par service, territoire et motif.
help-counts-what-was-asked-905e08ae = Compte ce qui a été demandé depuis : une date, ou une date et une heure, UTC; les 90 derniers jours si omis
help-data-folder-of-a-44302d75 = Dossier de données d’un serveur de cette machine, à la place des deux précédents
help-data-folder-of-a-5723b2d8 = Dossier de données d’un serveur de cette machine : l’adresse, l’autorité et le jeton d’exploitant y sont lus
help-day-of-admission-iso-f06f161d = Jour de l’admission, ISO 8601
help-day-of-discharge-iso-fcbbca7a = Jour du congé, ISO 8601
help-define-a-kind-of-aec230a7 = Définir un genre de demande dans un dossier, à partir d’un fichier YAML
help-describe-a-file-0e04b7bb = Décrire un fichier
help-do-not-ask-before-1d1a368a = Ne pas demander avant de l’ouvrir
help-do-not-ask-before-8d86b9e6 = Ne pas demander avant de partager avec un service
help-do-not-ask-before-e3f5170e = Ne pas demander avant de partager
help-domain-of-an-organisation-21eba23b = Domaine d’une organisation qui peut être informée; peut être répété
help-end-a-device-or-da4d2da0 = Mettre fin à un appareil, ou à tous ceux d’une personne partie
help-end-all-devices-of-84c53fac = Mettre fin à tous les appareils d’une personne partie, et à ses invitations ouvertes
help-end-one-device-for-9aefcbe2 = Mettre fin à un appareil pour de bon : perdu, volé ou remplacé
help-end-the-partnership-holds-07b06806 = Mettre fin au partenariat; prend effet aussitôt. Pour les administrateurs
help-enrol-this-device-with-5e746bfa = Inscrire cet appareil avec un code d’invitation, ou en se connectant
help-enter-the-token-at-c14c2568 = 
    Entrez le jeton chez le fournisseur d’identité, avec l’adresse d’écoute [scim] de relaisd et le
    chemin /scim/v2.
help-every-case-is-one-be215a57 = Chaque dossier est une conversation d’équipe de soins chiffrée de bout en bout, où chaque demande a un siège responsable, un état et des accusés. Essayez d’abord `relais demo`.
help-every-key-of-the-ea8313f5 = 
    Chaque clé de la configuration peut venir d’une variable : RELAISD_LISTEN, RELAISD_LOG__FORMAT.
    Codes de sortie : 0 arrêté proprement, 1 n’a pas pu tourner, 2 usage ou configuration.
help-everybody-of-the-team-c098c901 = Toute l’équipe peut le changer
help-everybody-on-the-team-48ef2e48 = 
    Toute l’équipe en est informée aussitôt. Le siège de qui a ouvert le dossier, ou le suivant si c’est le
    vôtre, en fait l’examen : `relais respond CASE ENTRY justified --note "…"`. Une fois le temps écoulé,
    les appareils de l’équipe retirent la personne. Relancez pour donner plus de temps; c’est examiné aussi.
help-everything-whose-type-is-4aac22f8 = Tout ce dont le type relève de cette sorte d’information, outre les entrées nommées
help-examples-1889f033 = Exemples :
help-exit-codes-0-done-1d14f493 = 
    Codes de sortie : 0 fait, 1 échec, 2 usage, 3 introuvable, 4 non permis ou mauvaise phrase
    secrète, 5 serveur injoignable ou trop lent, 6 conflit ou impossible dans cet état.
help-file-of-this-device-f6a17ae7 = Fichier du compte de cet appareil
help-file-that-holds-the-332dcfc3 = Fichier qui contient le jeton de l’exploitant
help-file-whose-first-line-6cb7d47c = Fichier dont la première ligne est la phrase secrète du compte
help-find-community-services-f8166cd2 = Trouver des services communautaires
help-find-people-and-services-9cb10630 = Trouver des gens et des services
help-find-people-by-name-45c67f29 = Trouver des gens par nom ou profession
help-folder-of-the-database-c0a32903 = Dossier de la base de données, des autorités de certification et du jeton d’exploitant
help-folder-to-make-its-fe3abc77 = Dossier à créer; sa clé est scellée par la phrase secrète
help-folder-with-templates-of-fc597f5b = Dossier de vos propres modèles
help-for-how-long-at-6b87a019 = Pour combien de temps, au plus 72 heures : `4h`, `90m`
help-for-how-many-days-a7e76988 = Pour combien de jours
help-for-what-such-as-ef1db5f6 = Pour quoi, par exemple consult; pour ce que couvre tout délégué si omis
help-from-then-on-the-68f9a1d4 = 
    Dès lors, le serveur ne peut plus certifier personne de l’organisation : son agent le fait.
    Assurez-vous par une autre voie que la demande vient bien de l’organisation.
help-from-when-a-date-2fa02bbd = À partir de quand : une date, ou une date et une heure, UTC; dès maintenant si omis
help-from-when-a-date-50aaeb9c = À partir de quand : une date, ou une date et une heure, UTC; les 30 derniers jours si omis
help-from-when-a-date-fe9fcfc1 = À partir de quand : une date, ou une date et une heure, UTC
help-from-when-until-when-dc7f21bf = De quand à quand, chaque jour, à l’heure de cette machine; `off` y met fin; les montre si omis
help-give-a-seat-to-ce1a7bd0 = Donner un siège à quelqu’un d’autre, en un seul changement
help-give-seats-to-organisations-c473229c = Donner des sièges à des organisations qui n’en sont pas aux dossiers partagés avec la vôtre, et pourquoi; l’équipe le voit
help-go-back-to-a-562a0a6a = Revenir à un stade inférieur, ou décliner ce qui est proposé; prend effet aussitôt. Pour les administrateurs
help-go-on-although-the-002132ff = Continuer bien que les organisations n’en soient pas encore aux références, et pourquoi; l’équipe le voit
help-go-on-although-the-f0823dee = Continuer bien que la même chose soit déjà demandée; l’équipe le voit
help-groups-without-a-patient-50d0bd6a = Groupes sans patient : communautés de pratique, avis
help-hide-something-from-yourself-75ed9884 = Vous cacher quelque chose pour un temps
help-hold-your-organisation-s-51c850f7 = Tenir l’autorité de certification de votre organisation
help-how-cases-begin-that-6fa17016 = Comment commencent des dossiers qui se ressemblent
help-how-far-the-log-1c2c4458 = Jusqu’où le journal a été vérifié; appartient à la clé, qui ne signe rien sans lui. À côté de la clé par défaut
help-how-it-is-written-9ef31dfa = Comment il est écrit
help-how-it-stands-normal-0c84b7e7 = Où il en est : normal, abnormal ou critical
help-how-it-was-given-9d3c027a = Comment il vous a été donné : verbal, written ou substitute (par qui décide pour le patient)
help-how-log-lines-look-1081ca98 = Aspect des lignes du journal
help-how-seats-take-part-05dc2896 = Comment les sièges participent, et qui les couvre
help-how-soon-it-matters-75f033f7 = Avec quelle urgence : routine, urgent, asap ou stat
help-how-the-patient-is-b864dd40 = Comment le patient est nommé envers le service; ses initiales si omis
help-how-your-organisation-stands-0e19e663 = Où en est votre organisation avec d’autres, à quoi chacune s’engage, et comment c’est tenu
help-ids-may-be-shortened-ea4c0243 = 
    Les numéros de dossier peuvent être abrégés tant que ce n’est pas ambigu; les entrées vont par
    leur numéro (12), les sièges par étiquette (MF), rôle (navigator) ou nom du titulaire.
help-in-a-group-without-092cba43 = Dans un groupe sans patient : ce qui ressemble à un identifiant et n’en est pas un, par genre (patient-name, birth-date, health-card, telephone, email ou postal-code); peut être répété, et est consigné
help-inbox-case-and-huddle-158f7494 = Réception, dossier et caucus dans un terminal qui reste ouvert
help-instead-a-service-of-852cfd09 = Plutôt un service de l’annuaire : partie de son nom, ou son numéro. Si plusieurs personnes en répondent, elles partagent une file, comme un guichet
help-instead-of-a-conversation-8e81aff8 = Au lieu d’une conversation à part, un siège de ce dossier à qui on demande
help-instead-the-new-devices-7a196cb5 = Plutôt les nouveaux appareils du titulaire d’un siège : étiquette, rôle ou nom
help-invitation-codes-as-they-82e00776 = Codes d’invitation tels que remis; `-` en lit un à la dernière ligne de l’entrée standard
help-invite-a-new-person-89116a7a = Inviter une nouvelle personne, ou un autre appareil d’une personne inscrite
help-it-brings-its-own-d33d582c = Elle apporte sa propre autorité de certification : aucune n’est créée sur le serveur
help-it-exits-0-only-359c5bbf = Le code de sortie n’est 0 que si chaque vérification tient.
help-it-is-made-already-5d4c3f78 = Il est déjà fait; sans cela, il est proposé
help-it-runs-until-ctrl-d338d960 = 
    Tourne jusqu’à Ctrl-C. Avec --json, un objet par ligne. Pendant vos heures calmes, seul ce que
    vous devez confirmer s’affiche aussitôt, le reste quand elles sont passées.
help-it-starts-a-server-515e00ab = 
    Démarre un serveur à part sur un port libre de cette machine, avec TLS et un dossier vide,
    inscrit les gens de l’histoire, chacun avec son propre fichier chiffré, joue l’histoire, montre
    ce que voient les membres et le serveur, et vérifie le tout. Si le serveur meurt, il est
    redémarré et l’histoire continue. Avec --json, un objet par ligne : chaque entrée comme un
    membre la voit, chaque vérification, et à la fin {"{"}"ok", "entries", "commits", "receipts",
    "loops", "members", "revocations", "elapsed_ms"{"}"}.
help-it-takes-no-referrals-ea55ff9e = Il ne prend pas de références en ce moment
help-its-dns-domain-which-dce2dff0 = Son domaine DNS, qui finit par `.internal`
help-its-media-type-e4e1dcf2 = Son type de média
help-its-name-as-people-9ed6d470 = Son nom tel qu’on le connaît
help-its-name-or-its-d46d57dc = Son nom, ou son fichier
help-join-a-case-again-8eba2e49 = Se joindre de nouveau à un dossier bien que quelqu’un que vous n’y connaissez pas vous ajoute
help-keep-the-line-head-32fdb46b = 
    Gardez la ligne `head` ailleurs : avec --expect, une vérification ultérieure montre si quoi que
    ce soit jusque-là a été modifié, même si toute la chaîne a été refaite.
help-keep-the-server-s-ece15463 = Garder les données du serveur dans DIR/server et celles de chaque appareil dans DIR/clients/NAME. La phrase secrète des comptes est `relais-demo`
help-language-of-labels-76a0a042 = Langue des étiquettes
help-language-of-the-labels-6eb166a8 = Langue des étiquettes dans les copies, BCP 47; celle de --lang si omis
help-language-of-the-words-163be3c8 = Langue des mots, BCP 47; celle de --lang si omis
help-leave-a-seat-vacant-40879e03 = Laisser un siège vacant; les appareils de son titulaire partent
help-leave-the-timeline-out-ba46036e = Omettre le fil des échanges
help-let-another-seat-act-4fd3a0d0 = Laisser un autre siège agir pour un siège un temps, par exemple en votre absence
help-let-nobody-enrol-through-6c0864e6 = Ne plus laisser personne s’inscrire par le fournisseur d’identité
help-let-somebody-in-at-b343d5ca = Laisser entrer quelqu’un aussitôt et pour un temps limité, pour une raison qui sera examinée
help-lets-the-new-person-08fb5532 = Laisse la nouvelle personne en inviter d’autres et tenir l’annuaire
help-list-an-organisation-s-cff89785 = Lister les gens d’une organisation et leurs appareils
help-list-the-organisations-25ccd5a5 = Lister les organisations
help-list-the-seats-of-02e0496d = Lister les sièges d’où personne n’a regardé depuis un nombre de jours
help-list-the-services-a1845e35 = Lister les services
help-list-the-templates-552d491d = Lister les modèles
help-list-what-was-done-87abb1f7 = Lister ce qui a été fait, par qui, sur quoi
help-list-your-cases-093bf426 = Lister vos dossiers
help-list-your-groups-without-68248fa7 = Lister vos groupes sans patient
help-list-your-organisation-s-417f7889 = Lister les partenaires de votre organisation
help-make-an-entry-a-bb53d37c = Faire d’une entrée une demande : la tâche y répond, et dit la même chose si rien d’autre n’est dit. Son numéro
help-make-it-again-after-2c8cc1b6 = 
    Refaites-la après un an au plus tard, car le certificat qui s’en porte garant prend fin.
    Les consultations scellées à une clé antérieure restent lisibles dans ce compte.
help-make-the-key-in-62772f9d = Créer la clé dans ce compte et la publier : dès lors, les consultations sont consignées
help-make-the-organisation-s-6b6c13af = Créer la clé de l’organisation, et la demande de la certifier
help-make-the-token-with-0d8aef30 = Créer le jeton par lequel un fournisseur d’identité signale les départs (SCIM)
help-mark-what-you-wrote-6800229f = Marquer ce que vous avez écrit comme saisi par erreur
help-move-it-to-its-208b3d89 = La faire passer à son prochain état
help-move-something-asked-to-f63b0cb8 = Faire passer une demande à son prochain état
help-nobody-is-there-for-0d72943b = Personne n’est là pour le siège entre-temps
help-not-before-this-time-5347c0b3 = Pas avant ce moment : `2026-11-01`, `2026-11-01T08:00:00Z`, ou il y a combien de temps (`7d`, `36h`)
help-numbers-without-content-answer-c64ee511 = Chiffres sans contenu : temps de réponse, références fermées, ce qui a été confirmé à temps
help-object-instead-say-why-3b499e99 = Plutôt s’opposer; dites pourquoi avec `--note`
help-of-what-reads-it-58d17588 = De quoi; `-` le lit de l’entrée standard
help-offer-what-you-have-65afb651 = Offrir ce que vous avez au siège à qui cela revient; cela reste à vous jusqu’à ce qu’il accepte
help-offer-your-seat-to-90d2201d = Offrir votre siège à quelqu’un d’autre, ou ce qui est ouvert à un autre siège
help-only-of-the-seats-42c629cf = Seulement des sièges que vous occupez
help-only-the-description-is-36602075 = Seule la description est envoyée : nom, type, taille et SHA-256. Le fichier lui-même reste où il est.
help-only-these-entries-numbers-34ce1705 = Seulement ces entrées : numéros
help-only-this-case-ec7add98 = Seulement ce dossier
help-only-this-device-knows-8a057149 = Seul cet appareil les connaît. Ce qui attend votre confirmation est montré quand même.
help-only-this-device-knows-bf9d886c = Seul cet appareil le sait. Ce qui est en retard, ou attend votre confirmation, est montré quand même.
help-only-this-organisation-s-6bbd6270 = Seulement les gens de cette organisation
help-only-this-seat-may-e6389964 = Seulement ce siège; peut être répété, tous les autres sièges occupés si omis
help-only-those-that-take-8e828c4b = Seulement ceux qui prennent des références
help-only-views-by-this-dcc1f1c3 = Seulement les consultations de cette personne : nom, numéro ou nom de ressource
help-only-views-of-this-a14535c7 = Seulement les consultations de ce dossier : son numéro entier
help-only-views-that-arrived-eea70c35 = Seulement les consultations arrivées depuis : `2026-11-01`, `2026-11-01T08:00:00Z`, ou il y a combien de temps (`7d`)
help-only-what-concerns-this-651715ea = Seulement ce qui concerne cette organisation; celle de l’administrateur si omis
help-only-what-is-open-fabf55ab = Seul ce qui est ouvert passe à l’autre siège; sans cela, son titulaire prend votre siège
help-only-you-may-change-dfc13361 = Vous seul pouvez changer l’équipe et ces règles
help-open-a-case-with-3b025785 = Ouvrir un dossier avec son équipe
help-open-a-conversation-with-656bb48d = Ouvrir une conversation avec le patient et les proches aidants qu’il a nommés
help-open-a-group-without-04540571 = Ouvrir un groupe sans patient : une communauté de pratique, ou les avis d’un programme
help-open-list-and-show-e4d6afbb = Ouvrir, lister et montrer des dossiers; changer leurs équipes
help-organisations-7bd34abb = Organisations
help-part-of-a-name-536c99b5 = Partie d’un nom ou d’une profession; tout le monde si omis
help-pem-file-with-the-934ec57b = Fichier PEM de l’autorité qui a certifié le serveur
help-people-of-an-organisation-f39f3879 = Les gens d’une organisation et leurs appareils
help-people-of-every-organisation-3f20011a = Les gens de toute organisation peuvent s’y joindre
help-play-a-story-that-17ed1fb0 = Jouer une histoire fournie avec le programme : shared-case, discharge, three-services, departure, hub, services-plan, community ou outbreak
help-play-a-whole-story-8806adb4 = Jouer toute une histoire avec un vrai serveur et montrer qui voit quoi
help-play-the-story-in-8313bc54 = Jouer l’histoire de ce fichier YAML
help-print-a-template-with-ebcfb113 = Écrire un modèle qui a la forme d’un dossier et aucun de ses mots
help-print-help-see-a-dfa7ba80 = Afficher l’aide (un résumé avec '-h')
help-print-help-see-more-3956b5b1 = Afficher l’aide (davantage avec '--help')
help-print-json-for-programs-df7c6d0e = Écrire du JSON pour les programmes
help-print-the-completion-script-45e16f43 = Écrire le script de complétion d’un interpréteur
help-print-this-message-or-889dec80 = Afficher ce message ou l’aide des sous-commandes données
help-print-version-d1594877 = Afficher la version
help-print-what-happens-as-c559efdc = Montrer ce qui se passe à mesure
help-propose-a-change-of-14210329 = Proposer un changement de médication, ou en informer
help-propose-a-goal-of-9ed0c64b = Proposer un objectif du plan
help-propose-a-section-of-27cd031e = Proposer une section du plan, et qui s’en occupe
help-propose-a-stage-and-58601dfb = Proposer un stade et à quoi chacun s’engage; pour les administrateurs
help-propose-an-action-of-9dd4529b = Proposer une action du plan
help-propose-an-appointment-5b0da3cf = Proposer un rendez-vous
help-publish-a-community-service-112bdaf9 = Publier un service communautaire
help-published-are-only-the-abfb7fdf = 
    Ne sont publiés que les chiffres des sièges que vous occupez, pour que personne ne compte ce qu’un autre
    compte, et rien dont il y ait moins de cinq.
help-raise-something-late-with-0ec6f7da = Signaler un retard à qui couvre le siège responsable
help-recompute-the-chain-of-637a63f5 = Recalculer la chaîne du journal d’audit et nommer le premier événement modifié
help-record-that-agreement-in-aeb400e2 = Consigner cet accord au dossier, si aucun consentement n’est en vigueur : verbal, written ou substitute (par qui décide pour le patient)
help-record-what-the-patient-7a8f9786 = Consigner ce que le patient accepte de partager
help-record-what-was-decided-09ff3110 = Consigner ce qui a été décidé
help-refer-to-a-community-ec8ca2ab = Diriger vers un service communautaire, en ne partageant que l’aperçu
help-relais-log-debug-tells-9ca75419 = RELAIS_LOG=debug dit ce que fait la connexion.
help-remind-whoever-must-act-4305b4d4 = Rappeler à qui doit agir ensuite
help-remove-one-device-that-fada37b5 = Retirer un appareil qui ne devrait pas être là
help-requests-that-an-organisation-8edcd911 = Demandes qu’une organisation définit elle-même
help-roles-kinds-of-request-fdd76fbc = 
    Les rôles, les genres de demande, les temps et la forme du plan sont repris. Ce que les gens ont écrit
    ne l’est pas : mettez des mots là où le fichier le dit.
help-run-the-server-the-998f3e86 = Faire tourner le serveur (comme `relaisd`)
help-say-for-your-seat-811ad44c = Dire pour votre siège que vous êtes d’accord avec une partie du plan, ou que vous vous y opposez
help-say-how-your-seat-7d2676ce = Dire comment votre siège participe : position, ce qu’il suit, charte de rôle
help-say-i-have-this-29fd7188 = Dire « je m’en charge » d’une entrée
help-say-something-to-the-65c79182 = Dire quelque chose à l’équipe
help-say-that-you-have-9842edd7 = Dire que vous avez revu le dossier
help-say-where-an-organisation-754f661a = Dire où les gens d’une organisation se connectent pour inscrire leurs appareils
help-say-whether-a-file-73f8b0a3 = Dire si un fichier est un modèle, ou ce qui ne va pas
help-say-which-seats-share-55507e71 = Dire quels sièges partagent le travail d’un siège et lequel le supervise
help-seconds-between-two-checks-5b16e6f1 = Secondes entre deux vérifications
help-secure-messaging-between-clinics-0456a06f = Messagerie sécurisée entre cliniques, hôpitaux et partenaires communautaires.
help-secure-messaging-between-clinics-753df7b4 = Messagerie sécurisée entre cliniques, hôpitaux et partenaires communautaires
help-send-back-what-is-8c7c9e64 = Renvoyer ce qui vous est offert, et dire pourquoi
help-share-entries-of-a-925a95b2 = Partager des entrées d’un dossier avec un partenaire ou le patient, comme le permet le consentement
help-share-more-of-what-964355a6 = Partager davantage de ce qui a été dit avant l’arrivée de quelqu’un
help-show-a-case-team-937bf0e9 = Montrer un dossier : ce qui est ouvert, l’équipe, ce qui a été dit, qui l’a
help-show-a-template-1067fc20 = Montrer un modèle
help-show-every-certificate-that-d633e2d7 = Montrer chaque certificat signé, après avoir vérifié qu’aucun n’a été enlevé
help-show-it-again-42892e31 = Le montrer de nouveau
help-show-or-set-who-c7558984 = Montrer ou établir qui peut se joindre au dossier, et qui le mène
help-show-the-plan-as-0f3d0dd9 = Montrer le plan tel qu’il est, ou tel qu’il était
help-show-what-has-changed-826b84bf = Montrer ce qui a changé dans le plan depuis une entrée
help-show-what-is-agreed-a89aaa2b = Montrer ce qui est convenu avec l’un d’eux, et comment c’est tenu
help-show-what-is-unread-9a4062be = Montrer ce qui n’est pas lu dans un dossier et le marquer comme lu
help-show-what-was-found-d54f46c6 = Montrer ce qui a été constaté contre le serveur ou des membres
help-show-who-answers-for-c80203bb = Montrer qui répond maintenant pour un siège, dans l’ordre où on leur demande
help-show-whose-account-this-547fb010 = Montrer à qui est ce compte
help-shows-who-was-shown-2813b285 = 
    Montre à qui ont été montrées des entrées de dossiers que votre organisation a ouverts, comme
    leurs appareils l’ont signé. Il faut la clé de la personne responsable dans ce compte.
help-sign-in-at-your-ec942879 = Plutôt se connecter chez le fournisseur d’identité de votre organisation, dans un navigateur de cette machine
help-somebody-who-may-be-af13147a = Quelqu’un qui peut être informé par son nom, comme une personne proche aidante : nom, numéro ou nom de ressource; peut être répété
help-specialty-or-field-332bc6c1 = Spécialité ou domaine
help-suggest-a-service-of-d1f982bb = Suggérer un service de l’annuaire
help-take-back-something-that-c5e75f8a = Retirer une demande, ou demander de l’arrêter
help-take-no-notice-of-8a1bd8bf = Ne pas tenir compte de l’invitation
help-take-over-keys-that-65a79658 = Reprendre des clés qu’un autre responsable a exportées
help-take-something-out-of-3cccfa36 = Prendre quelque chose dans la file : vous en êtes dès lors responsable
help-tell-every-seat-something-cec9a2fb = Dire à chaque siège quelque chose que chacun doit confirmer
help-tell-that-the-patient-95b00232 = Annoncer que le patient quitte l’hôpital, et qui assure le suivi
help-tell-the-partner-how-331ee1fc = Dire au partenaire comment les engagements ont été tenus dans vos dossiers : comptes de cinq et plus
help-tell-this-group-which-a575082e = Le dire à ce groupe, qui doit être sans patient
help-the-access-report-who-59232754 = Le rapport d’accès : qui a consulté quoi, dans les dossiers de votre organisation
help-the-authority-s-folder-b5e551b9 = Le dossier de l’autorité
help-the-case-4fbfcb8f = Le dossier
help-the-code-of-the-a86a0ca2 = Le code de la définition, la dernière énoncée, ou le numéro de son entrée
help-the-conversation-its-id-024960ed = La conversation : son numéro, partie de son titre, ou l’organisation ou la personne qui s’y trouve
help-the-decision-that-it-e4a96b9c = La décision qu’elle remplace : son numéro
help-the-definition-018069ea = La définition
help-the-device-that-adds-49045854 = L’appareil qui vous ajoute : le début de son numéro, comme le dit `relais case show`
help-the-device-the-beginning-bc2c1103 = L’appareil : le début de son numéro, ou son nom de ressource
help-the-domain-of-the-da719276 = Le domaine de l’organisation dont c’est le fournisseur d’identité
help-the-drug-d0b6c5bb = Le médicament
help-the-entries-their-numbers-53bc61ce = Les entrées : leurs numéros
help-the-entry-its-number-297e885c = L’entrée : son numéro; toutes les entrées si omis
help-the-entry-its-number-c554e23d = L’entrée : son numéro
help-the-entry-that-it-9ecc83c9 = L’entrée à laquelle elle répond
help-the-file-a0acac68 = Le fichier :
help-the-file-d79f8eae = Le fichier
help-the-file-it-must-8a49e37d = Le fichier; il ne doit pas exister
help-the-folder-stays-with-1768f7ba = Le dossier reste dans l’organisation; gardez-en une copie. L’exploitant ne reçoit que request.pem :
help-the-goal-that-it-720d3042 = L’objectif qu’elle sert : son numéro
help-the-group-b4dc713b = Le groupe
help-the-invitation-code-reads-5a1993c9 = Le code d’invitation; `-` le lit de l’entrée standard
help-the-issuer-exactly-as-15efd870 = L’émetteur, exactement comme dans ses jetons
help-the-kind-it-must-cdaf7135 = Le genre de service voulu, par exemple food
help-the-new-person-s-3afe7ba9 = La profession de la nouvelle personne, par exemple `navigator`
help-the-new-person-s-bb478e65 = Le nom de la nouvelle personne tel que ses collègues le connaissent
help-the-number-of-the-e90ba72e = Le numéro de la dernière entrée du plan le plus récent; sinon tel qu’il est
help-the-number-of-the-f477864d = Le numéro de la dernière entrée du plan antérieur
help-the-one-door-of-44d42a36 = La porte unique d’un programme : ce qui y attend, et qui le prend
help-the-organisation-s-domain-b6f49ec2 = Le domaine de l’organisation
help-the-organisation-whose-events-a0dbe066 = L’organisation dont les événements sont recalculés; celle de l’administrateur si omis
help-the-other-organisation-s-8a9fc1c9 = Le domaine de l’autre organisation
help-the-passphrase-seals-the-c0b123e1 = La phrase secrète scelle le fichier du compte. Qui la perd s’inscrit de nouveau avec une nouvelle invitation.
help-the-patient-and-the-72836c39 = 
    Le patient et les proches aidants ont besoin de leur propre compte : une invitation par n’importe quelle
    organisation en fait un. Un proche aidant a besoin d’un consentement qui le nomme (relais consent
    --person), et part quand il est retiré.
help-the-patient-name-id-4c0a38b2 = Le patient : nom, numéro ou nom de ressource
help-the-patient-or-whoever-2daf95c9 = Le patient, ou qui décide pour lui
help-the-patient-s-date-93e99f76 = La date de naissance du patient, ISO 8601
help-the-patient-s-language-02fc3ff8 = La langue du patient, BCP 47
help-the-person-whose-further-4cc6f2f1 = La personne dont c’est un autre appareil, comme la nomment `relais org log --json` et `relais admin members --json`. Sans cela, l’agent ne certifie qu’un appareil d’une nouvelle personne
help-the-privacy-officer-s-e921497b = La clé de la personne responsable de la vie privée, à qui sont scellées les consultations des dossiers de votre organisation
help-the-profession-of-those-187c26de = La profession de qui la revendication n’en dit aucune, par exemple `nurse`
help-the-question-reads-it-d419bdd6 = La question; `-` la lit de l’entrée standard
help-the-request-that-relais-0ee5e459 = La demande que `relais org init` a faite
help-the-same-for-one-744b7542 = La même chose pour un appareil : numéro ou nom de ressource
help-the-seat-011e634f = Le siège
help-the-seat-tag-role-8e020af4 = Le siège : étiquette, rôle, nom du titulaire ou numéro
help-the-seat-that-acts-21538c5d = Le siège qui y donne suite
help-the-seat-that-acts-a76c422d = Le siège qui agit
help-the-seat-that-answers-5fc66fca = Le siège qui en répond
help-the-seat-that-is-02b6c9d1 = Le siège pour qui on agit; le vôtre si omis
help-the-seat-that-is-1aceb684 = Le siège à qui on l’offre, avec `offer`
help-the-seat-that-is-44b1e5f6 = Le siège à qui on l’offre
help-the-seat-that-is-8cdaa93f = Le siège à qui on demande
help-the-seat-that-it-17a6272b = Le siège à qui on le suggère
help-the-seat-that-it-2ce434d3 = Le siège à qui on le propose
help-the-seat-that-owns-43c034a6 = Le siège responsable du suivi
help-the-seat-that-owns-648708fb = Le siège responsable
help-the-seat-that-reconciles-00f2217f = Le siège qui fait le bilan comparatif
help-the-seat-that-says-85a6ac23 = Le siège qui dit s’il est donné; le vôtre si omis
help-the-seat-that-sees-a0e1a5f5 = Le siège qui s’en occupe
help-the-seat-to-act-ca241ac1 = Le siège d’où agir, si vous en occupez plusieurs
help-the-seat-to-raise-50066d7c = Le siège à qui le signaler; le prochain qui couvre le responsable si omis
help-the-seat-whose-holder-4fd46aec = Le siège dont le titulaire se le voit offrir
help-the-seat-your-own-073771ef = Le siège; le vôtre si omis
help-the-section-goal-or-6f251c1e = La section, l’objectif ou l’action : son numéro
help-the-section-that-it-6da7ac04 = La section dont il fait partie : son numéro
help-the-service-part-of-86b7e511 = Le service : partie de son nom, ou son numéro; ce qui a été suggéré, ou l’autre possibilité, si omis
help-the-service-part-of-96044d67 = Le service : partie de son nom, ou son numéro; avec --to, le nom qu’on lui connaît
help-the-service-part-of-dd950a2c = Le service : partie de son nom, ou son numéro
help-the-service-sees-what-d7b9950f = Le service voit l’aperçu, dans une conversation à part : ni le dossier ni son équipe.
help-the-services-plan-sections-fef4d8fe = Le plan de services : sections, objectifs et actions, et qui est d’accord
help-the-shell-39e765eb = L’interpréteur
help-the-stage-from-now-b38fdcdc = Le stade désormais : listed ou referral
help-the-stage-referral-or-03556866 = Le stade : referral ou case; le présent si seuls les engagements changent
help-the-sum-of-the-a33de7c9 = La somme des chiffres que les gens ont dits à ce groupe, par période
help-the-team-s-case-13b66d9e = Le dossier de l’équipe qui doit voir la réponse
help-the-team-s-case-a301d231 = Le dossier de l’équipe
help-the-test-38b052ec = L’examen
help-the-witness-s-own-3f836b3a = La clé de signature du témoin; créée à la première exécution
help-title-of-the-conversation-e7252a94 = Titre de la conversation avec le service; son nom si omis
help-until-when-a-date-6ccf731b = Jusqu’à quand : une date, ou une date et une heure, UTC
help-until-when-af2cec07 = Jusqu’à quand
help-until-when-until-it-2d2b7d58 = Jusqu’à quand; jusqu’à son retrait si omis
help-until-when-until-now-d3509679 = Jusqu’à quand; jusqu’à maintenant si omis
help-verify-the-audit-trail-99ce9884 = Vérifier le journal d’audit, et rapporter qui a fait quoi
help-what-besides-what-they-85101574 = Quoi, outre ce qui a été donné avant : all, since:DATE ou types:KIND,…
help-what-could-help-instead-d136c47f = Ce qui pourrait aider à la place
help-what-for-8f94d152 = Pour quoi
help-what-goes-is-shown-3a7cf035 = 
    Ce qui part est montré d’abord, et ce qui ne part pas, avec la raison. Les autres lisent une copie qui dit
    qui l’a dit et à quoi elle peut servir : ni le dossier ni son équipe.
help-what-helps-meanwhile-for-b889cd12 = Ce qui aide entre-temps, pour qui attend
help-what-is-filled-in-ded07da0 = Ce qui est rempli; peut être répété
help-what-is-late-its-4136b4d9 = Ce qui est en retard : son numéro
help-what-is-open-and-13d0b36b = Ce qui est ouvert et lié à votre siège est compté et suit.
help-what-is-open-in-cfd873a3 = Ce qui est ouvert dans tous vos dossiers : les retards d’abord, puis ce que vous devez faire
help-what-is-sought-advice-2ce59f7f = Ce qui est demandé : advice, co-manage ou take-over
help-what-is-taken-from-f9a075eb = Ce qui est pris désormais; omis si c’est cessé
help-what-is-to-be-9ce103db = Ce qui est à faire
help-what-is-to-be-b8f9893b = Ce qui est à suivre; `-` le lit de l’entrée standard
help-what-it-covers-such-db1be39d = Ce qu’elle couvre, par exemple task ou appointment; peut être répété, tout si omis
help-what-it-follows-besides-6204527a = Ce qu’il suit outre ce qui lui est demandé : all, milestones ou exceptions
help-what-it-is-about-44c79373 = De quoi il s’agit
help-what-it-is-about-92a2062f = De quoi il s’agit : numéro d’une entrée; peut être répété
help-what-it-is-about-ed3cd401 = De quoi il s’agit, en une ligne
help-what-it-is-called-1c737872 = Comment il s’appelle
help-what-it-is-called-b4162c53 = Comment il s’appelle; comme le dit le modèle si omis
help-what-it-is-for-1ad944c4 = À quoi il sert
help-what-it-offers-4b4f0228 = Ce qu’il offre
help-what-it-shows-8e7ddf93 = Ce qu’il montre
help-what-matters-to-the-2884f65d = Ce qui compte pour le patient, forces et besoins
help-what-needs-your-acknowledgement-69f972ee = Ce qui attend votre confirmation, et du reste seulement combien il y en a
help-what-nobody-has-acknowledged-b4f99cef = Ce que personne n’a confirmé à temps, et quoi y faire
help-what-reads-it-from-dcc976db = Quoi; `-` le lit de l’entrée standard
help-what-sort-of-information-0e5c5eed = De quelle sorte d’information sont les entrées, là où leur type ne le dit pas
help-what-sort-of-service-a154e851 = Quelle sorte de service, par exemple food ou mental-health
help-what-stands-instead-reads-818e50c1 = Ce qui est mis à la place; `-` le lit de l’entrée standard
help-what-success-looks-like-176a3900 = À quoi ressemble la réussite
help-what-the-conversation-is-b50aeb07 = Comment la conversation s’appelle
help-what-the-other-one-5087233a = À quoi on demande à l’autre de s’engager; peut être répété
help-what-the-patient-agreed-49206365 = Ce que le patient a accepté de partager
help-what-the-patient-needs-17cdd0dd = Ce dont le patient a besoin; peut être répété
help-what-the-template-is-1848268d = Comment le modèle s’appelle : minuscules, chiffres et traits d’union
help-what-the-template-leaves-5cadf141 = Ce que le modèle laisse ouvert; peut être répété
help-what-there-is-to-6b97b8fd = Ce qu’il y a à dire; `-` le lit de l’entrée standard
help-what-they-are-given-2feac535 = Ce qu’on leur donne de ce qui a été dit avant : all, open, since:DATE ou types:KIND,…. Ce qui est ouvert vient toujours, et qui est dans l’équipe aussi
help-what-they-are-given-5837b5c5 = Ce qu’on leur donne de ce qui a été dit avant : all, open, since:DATE ou types:KIND,…
help-what-they-may-be-9e8304f0 = Ce qu’on peut leur dire : identity, contact, social, clinical, medication, results ou mental-health; peut être répété
help-what-this-person-did-1a59def9 = Ce que cette personne a fait et ce qu’on lui a fait : nom, numéro ou nom de ressource
help-what-to-do-if-125f10aa = Quoi faire en cas de problème
help-what-to-log-such-139996c2 = Quoi consigner, par exemple `debug` ou `info,relais_server=debug`
help-what-waits-for-you-14c43ada = Ce qui vous attend, dans tous les dossiers
help-what-waits-in-the-d7206a8f = Ce qui attend dans les files que vous partagez, le plus pressant d’abord, dans tous les dossiers
help-what-was-asked-for-fdc1ce89 = Ce qui a été demandé et n’a pu être obtenu, compté
help-what-was-asked-its-4269f1d0 = Ce qui a été demandé : son numéro
help-what-was-done-to-1f6df884 = Ce qui a été fait à l’équipe de ce dossier : son numéro entier
help-what-was-taken-before-47f91fc1 = Ce qui était pris avant; omis si c’est un début
help-what-you-call-this-a574c156 = Comment vous appelez cet appareil
help-what-you-do-0c48e2ed = Ce que vous faites
help-what-you-found-d1d3adef = Ce que vous avez constaté
help-what-your-organisation-commits-2ca3541b = À quoi votre organisation s’engage; peut être répété
help-whatever-is-said-there-8dd1ea0d = Tout ce qui y est dit est fouillé pour ce qui peut révéler qui est un patient, et refusé s’il y en a.
help-when-a-date-and-2ed33734 = Quand : une date et une heure, UTC
help-when-room-is-expected-3ace0a08 = Quand une place est attendue, ISO 8601
help-when-somebody-is-there-3a218442 = Quand quelqu’un est là, par exemple "mon-fri 8:00-16:00"; peut être répété
help-when-somebody-must-be-43d1e92f = Quand quelqu’un doit être là : jour et heure du service
help-when-to-look-at-2858ed00 = Quand y revenir, date ISO 8601
help-when-you-want-to-c5516f2d = Quand vous voulez être tranquille
help-where-1daaa38f = Où
help-where-an-organisation-s-db044497 = Où les gens d’une organisation se connectent pour inscrire leurs appareils
help-where-things-stand-reads-31da79fb = Où en sont les choses; `-` le lit de l’entrée standard
help-where-to-write-it-ad0eebf5 = Où l’écrire, points de contrôle signés compris
help-where-to-write-the-238123dd = Où écrire le certificat; affiché si omis
help-which-services-serve-an-3c377f31 = Quels services desservent un territoire, où en est votre organisation avec eux, et ce qu’ils ont répondu en dernier sur leurs places
help-who-answers-for-it-5167294a = Qui en répond : nom, numéro ou nom de ressource; peut être répété
help-who-has-acknowledged-which-c59d8936 = Qui a confirmé quel avis
help-who-has-an-entry-35df156e = Qui a une entrée : par siège et par personne
help-who-is-eligible-and-9359ee61 = Qui est admissible et comment on y entre
help-who-is-let-in-16f5208c = Qui on laisse entrer : nom, numéro ou nom de ressource
help-who-leads-from-now-338e07a4 = Qui mène désormais : nom, numéro ou nom de ressource; peut être répété, et remplace qui menait
help-who-may-change-the-15a93ee1 = Qui peut changer l’équipe et ces règles, à part vous : nom, numéro ou nom de ressource; peut être répété. Sans personne, toute l’équipe le peut
help-who-of-the-service-c995ec3d = À qui du service on demande, si plusieurs en répondent; ils partagent une file si omis
help-who-of-the-service-f90c4360 = À qui du service on demande, si plusieurs en répondent
help-who-takes-it-name-37e20002 = Qui l’occupe : nom, numéro ou nom de ressource
help-whoever-has-the-file-62183175 = Qui a le fichier et peut lister les consultations peut lire qui a consulté quoi. Gardez-le hors ligne.
help-whom-it-is-about-cb1d35f1 = De qui il s’agit
help-whom-it-takes-as-aa2a229a = Qui il accepte; selon l’annuaire si omis
help-whom-the-service-takes-21914947 = Qui le service accepte et comment on y entre, avec une réponse à une demande
help-whose-people-may-join-59abf754 = De quelles organisations on peut s’y joindre, outre celles de l’équipe : domaine; peut être répété. Sans aucun, de toutes
help-whose-people-may-join-6dcadf4e = De quelles organisations on peut s’y joindre désormais : domaine; peut être répété, et remplace ce qui valait
help-whose-seat-tag-role-a0d5d314 = À qui est le siège : étiquette, rôle, nom du titulaire ou numéro
help-why-a-referral-is-52100e34 = Pourquoi une référence est déclinée : no-capacity, waitlist, not-eligible, could-not-contact, no-longer-interested ou referred-elsewhere
help-why-d3ae14a5 = Pourquoi
help-why-emergency-treatment-risk-266a6ba9 = Pourquoi : emergency-treatment, risk-of-harm, team-unreachable, legal-duty ou other
help-why-in-words-that-3ebd6315 = Pourquoi, en des mots que comprend qui l’examine
help-why-it-could-help-22b58825 = Pourquoi cela pourrait aider
help-why-the-team-talks-611c98e5 = Pourquoi l’équipe se parle
help-with-allow-enrolment-at-344c439f = Avec --allow-enrolment : au plus ce nombre par heure
help-with-close-how-useful-bfc5b754 = Avec `close` : à quel point la réponse a été utile, de 1 à 5
help-with-given-you-say-c811658b = 
    Avec --given, vous dites qu’il vous a été donné : il est aussitôt en vigueur. Sans cela, le siège à qui on
    demande dit s’il l’est : relais respond CASE ENTRY activate --note …. On le retire par
    relais respond CASE ENTRY withdraw --note … : les appareils de qui était informé partent aussitôt.
help-with-json-every-command-272a1f05 = 
    Avec --json, chaque commande écrit un objet, {"{"}"ok": true, "kind": ..., "data": ...{"}"}; les erreurs
    sont un objet sur la sortie d’erreur, {"{"}"ok": false, "error": {"{"}"kind", "reason", "message",
    "exit_code"{"}"}{"}"}.
help-with-record-what-may-27eeacaf = Avec --record, ce qui peut être partagé; contact et social si omis. Peut être répété
help-with-record-who-has-e1f3ce34 = Avec --record, qui y a consenti; le patient si omis
help-withdraw-it-instead-e52caf0d = Plutôt la retirer
help-without-ask-and-allow-f5105f2f = 
    Sans --ask ni --allow-enrolment, seuls sont certifiés les appareils d’invitations que
    `relais org expect` a annoncées.
help-without-to-the-service-6b47f0fc = 
    Sans --to, on demande au service dans une conversation à part qui ne contient rien sur un patient;
    avec --case, l’équipe voit la réponse. Ne dites rien d’un patient : rien ici n’est fait pour cela.
help-words-in-the-criteria-13821ae9 = Mots des critères
help-words-in-the-name-bf9447a0 = Mots du nom, de la description ou des critères; tout si omis
help-write-it-to-a-b526f888 = L’écrire plutôt dans un nouveau fichier
help-write-the-secret-keys-18c14fa0 = Écrire les clés secrètes de ce compte dans un nouveau fichier, lisible par vous seul
help-you-can-share-what-ca717ea7 = Vous pouvez partager ce que votre appareil a. Le leur le vérifie avec les empreintes reçues à leur arrivée.
help-your-own-seat-s-d3671ba3 = Le rôle de votre propre siège
