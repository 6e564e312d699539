# L’aide de chaque commande. Un identifiant vient du paragraphe anglais : s’il change, il faut le
# traduire de nouveau.

help-commands = Commandes
help-arguments = Arguments
help-options = Options
help-template =
    {"{"}before-help{"}"}{"{"}about-with-newline{"}"}
    Utilisation : {"{"}usage{"}"}

    {"{"}all-args{"}"}{"{"}after-help{"}"}

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
help-a-seat-that-is-e2ce837a = Un siège informé; peut être répété, toute l’équipe si omis
help-a-seat-that-shares-d064bacb = Un siège qui partage son travail; peut être répété
help-a-service-of-the-83e3935f = Un service de l’annuaire qui pourrait aider à la place
help-a-test-whose-result-6206df68 = Un examen dont le résultat est attendu; peut être répété
help-accounts-account-path-or-104eeb00 = 
    Comptes : --account PATH ou RELAIS_ACCOUNT nomme le fichier chiffré d’un appareil. Sa phrase
    secrète vient de RELAIS_PASSPHRASE, de --passphrase-file ou d’une question, jamais d’une option.
help-add-seats-with-their-a70d96cd = Ajouter des sièges et leurs titulaires, ou de nouveaux appareils; les nouveaux reçoivent l’historique
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
help-data-folder-of-a-44302d75 = Dossier de données d’un serveur de cette machine, à la place des deux précédents
help-data-folder-of-a-5723b2d8 = Dossier de données d’un serveur de cette machine : l’adresse, l’autorité et le jeton d’exploitant y sont lus
help-day-of-admission-iso-f06f161d = Jour de l’admission, ISO 8601
help-day-of-discharge-iso-fcbbca7a = Jour du congé, ISO 8601
help-define-a-kind-of-aec230a7 = Définir un genre de demande dans un dossier, à partir d’un fichier YAML
help-describe-a-file-0e04b7bb = Décrire un fichier
help-do-not-ask-before-e3f5170e = Ne pas demander avant de partager
help-domain-of-an-organisation-21eba23b = Domaine d’une organisation qui peut être informée; peut être répété
help-end-a-device-or-da4d2da0 = Mettre fin à un appareil, ou à tous ceux d’une personne partie
help-end-all-devices-of-84c53fac = Mettre fin à tous les appareils d’une personne partie, et à ses invitations ouvertes
help-end-one-device-for-9aefcbe2 = Mettre fin à un appareil pour de bon : perdu, volé ou remplacé
help-enrol-this-device-with-5e746bfa = Inscrire cet appareil avec un code d’invitation, ou en se connectant
help-enter-the-token-at-c14c2568 = 
    Entrez le jeton chez le fournisseur d’identité, avec l’adresse d’écoute [scim] de relaisd et le
    chemin /scim/v2.
help-every-case-is-one-be215a57 = Chaque dossier est une conversation d’équipe de soins chiffrée de bout en bout, où chaque demande a un siège responsable, un état et des accusés. Essayez d’abord `relais demo`.
help-every-key-of-the-ea8313f5 = 
    Chaque clé de la configuration peut venir d’une variable : RELAISD_LISTEN, RELAISD_LOG__FORMAT.
    Codes de sortie : 0 arrêté proprement, 1 n’a pas pu tourner, 2 usage ou configuration.
help-everybody-of-the-team-c098c901 = Toute l’équipe peut le changer
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
help-for-how-many-days-a7e76988 = Pour combien de jours
help-for-what-such-as-ef1db5f6 = Pour quoi, par exemple consult; pour ce que couvre tout délégué si omis
help-from-then-on-the-68f9a1d4 = 
    Dès lors, le serveur ne peut plus certifier personne de l’organisation : son agent le fait.
    Assurez-vous par une autre voie que la demande vient bien de l’organisation.
help-from-when-a-date-2fa02bbd = À partir de quand : une date, ou une date et une heure, UTC; dès maintenant si omis
help-from-when-a-date-fe9fcfc1 = À partir de quand : une date, ou une date et une heure, UTC
help-from-when-until-when-dc7f21bf = De quand à quand, chaque jour, à l’heure de cette machine; `off` y met fin; les montre si omis
help-give-a-seat-to-ce1a7bd0 = Donner un siège à quelqu’un d’autre, en un seul changement
help-hold-your-organisation-s-51c850f7 = Tenir l’autorité de certification de votre organisation
help-how-far-the-log-1c2c4458 = Jusqu’où le journal a été vérifié; appartient à la clé, qui ne signe rien sans lui. À côté de la clé par défaut
help-how-it-is-written-9ef31dfa = Comment il est écrit
help-how-it-stands-normal-0c84b7e7 = Où il en est : normal, abnormal ou critical
help-how-log-lines-look-1081ca98 = Aspect des lignes du journal
help-how-seats-take-part-05dc2896 = Comment les sièges participent, et qui les couvre
help-how-soon-it-matters-75f033f7 = Avec quelle urgence : routine, urgent, asap ou stat
help-how-the-patient-is-b864dd40 = Comment le patient est nommé envers le service; ses initiales si omis
help-ids-may-be-shortened-ea4c0243 = 
    Les numéros de dossier peuvent être abrégés tant que ce n’est pas ambigu; les entrées vont par
    leur numéro (12), les sièges par étiquette (MF), rôle (navigator) ou nom du titulaire.
help-inbox-case-and-huddle-158f7494 = Réception, dossier et caucus dans un terminal qui reste ouvert
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
help-its-dns-domain-which-dce2dff0 = Son domaine DNS, qui finit par `.internal`
help-its-media-type-e4e1dcf2 = Son type de média
help-its-name-as-people-9ed6d470 = Son nom tel qu’on le connaît
help-join-a-case-again-8eba2e49 = Se joindre de nouveau à un dossier bien que quelqu’un que vous n’y connaissez pas vous ajoute
help-keep-the-line-head-32fdb46b = 
    Gardez la ligne `head` ailleurs : avec --expect, une vérification ultérieure montre si quoi que
    ce soit jusque-là a été modifié, même si toute la chaîne a été refaite.
help-keep-the-server-s-ece15463 = Garder les données du serveur dans DIR/server et celles de chaque appareil dans DIR/clients/NAME. La phrase secrète des comptes est `relais-demo`
help-language-of-labels-76a0a042 = Langue des étiquettes
help-language-of-the-words-163be3c8 = Langue des mots, BCP 47; celle de --lang si omis
help-leave-a-seat-vacant-40879e03 = Laisser un siège vacant; les appareils de son titulaire partent
help-leave-the-timeline-out-ba46036e = Omettre le fil des échanges
help-let-another-seat-act-4fd3a0d0 = Laisser un autre siège agir pour un siège un temps, par exemple en votre absence
help-let-nobody-enrol-through-6c0864e6 = Ne plus laisser personne s’inscrire par le fournisseur d’identité
help-lets-the-new-person-08fb5532 = Laisse la nouvelle personne en inviter d’autres et tenir l’annuaire
help-list-an-organisation-s-cff89785 = Lister les gens d’une organisation et leurs appareils
help-list-the-organisations-25ccd5a5 = Lister les organisations
help-list-the-seats-of-02e0496d = Lister les sièges d’où personne n’a regardé depuis un nombre de jours
help-list-the-services-a1845e35 = Lister les services
help-list-what-was-done-87abb1f7 = Lister ce qui a été fait, par qui, sur quoi
help-list-your-cases-093bf426 = Lister vos dossiers
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
help-object-instead-say-why-3b499e99 = Plutôt s’opposer; dites pourquoi avec `--note`
help-of-what-reads-it-58d17588 = De quoi; `-` le lit de l’entrée standard
help-offer-your-seat-to-90d2201d = Offrir votre siège à quelqu’un d’autre, ou ce qui est ouvert à un autre siège
help-only-the-description-is-36602075 = Seule la description est envoyée : nom, type, taille et SHA-256. Le fichier lui-même reste où il est.
help-only-these-entries-numbers-34ce1705 = Seulement ces entrées : numéros
help-only-this-case-ec7add98 = Seulement ce dossier
help-only-this-device-knows-8a057149 = Seul cet appareil les connaît. Ce qui attend votre confirmation est montré quand même.
help-only-this-organisation-s-6bbd6270 = Seulement les gens de cette organisation
help-only-views-by-this-dcc1f1c3 = Seulement les consultations de cette personne : nom, numéro ou nom de ressource
help-only-views-of-this-a14535c7 = Seulement les consultations de ce dossier : son numéro entier
help-only-views-that-arrived-eea70c35 = Seulement les consultations arrivées depuis : `2026-11-01`, `2026-11-01T08:00:00Z`, ou il y a combien de temps (`7d`)
help-only-what-concerns-this-651715ea = Seulement ce qui concerne cette organisation; celle de l’administrateur si omis
help-only-what-is-open-fabf55ab = Seul ce qui est ouvert passe à l’autre siège; sans cela, son titulaire prend votre siège
help-only-you-may-change-dfc13361 = Vous seul pouvez changer l’équipe et ces règles
help-open-a-case-with-3b025785 = Ouvrir un dossier avec son équipe
help-open-list-and-show-e4d6afbb = Ouvrir, lister et montrer des dossiers; changer leurs équipes
help-organisations-7bd34abb = Organisations
help-part-of-a-name-536c99b5 = Partie d’un nom ou d’une profession; tout le monde si omis
help-pem-file-with-the-934ec57b = Fichier PEM de l’autorité qui a certifié le serveur
help-people-of-an-organisation-f39f3879 = Les gens d’une organisation et leurs appareils
help-people-of-every-organisation-3f20011a = Les gens de toute organisation peuvent s’y joindre
help-play-a-story-that-4c62f1a5 = Jouer une histoire fournie avec le programme : shared-case, discharge, three-services, departure, services-plan, community ou outbreak
help-play-a-whole-story-8806adb4 = Jouer toute une histoire avec un vrai serveur et montrer qui voit quoi
help-play-the-story-in-8313bc54 = Jouer l’histoire de ce fichier YAML
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
help-propose-an-action-of-9dd4529b = Proposer une action du plan
help-propose-an-appointment-5b0da3cf = Proposer un rendez-vous
help-publish-a-community-service-112bdaf9 = Publier un service communautaire
help-raise-something-late-with-0ec6f7da = Signaler un retard à qui couvre le siège responsable
help-recompute-the-chain-of-637a63f5 = Recalculer la chaîne du journal d’audit et nommer le premier événement modifié
help-record-what-the-patient-7a8f9786 = Consigner ce que le patient accepte de partager
help-refer-to-a-community-ec8ca2ab = Diriger vers un service communautaire, en ne partageant que l’aperçu
help-relais-log-debug-tells-9ca75419 = RELAIS_LOG=debug dit ce que fait la connexion.
help-remove-one-device-that-fada37b5 = Retirer un appareil qui ne devrait pas être là
help-requests-that-an-organisation-8edcd911 = Demandes qu’une organisation définit elle-même
help-run-the-server-the-998f3e86 = Faire tourner le serveur (comme `relaisd`)
help-say-for-your-seat-811ad44c = Dire pour votre siège que vous êtes d’accord avec une partie du plan, ou que vous vous y opposez
help-say-how-your-seat-7d2676ce = Dire comment votre siège participe : position, ce qu’il suit, charte de rôle
help-say-i-have-this-29fd7188 = Dire « je m’en charge » d’une entrée
help-say-nothing-about-a-811d0b70 = Ne dites rien d’un patient : rien ici n’est fait pour cela.
help-say-something-to-the-65c79182 = Dire quelque chose à l’équipe
help-say-that-you-have-9842edd7 = Dire que vous avez revu le dossier
help-say-where-an-organisation-754f661a = Dire où les gens d’une organisation se connectent pour inscrire leurs appareils
help-say-which-seats-share-55507e71 = Dire quels sièges partagent le travail d’un siège et lequel le supervise
help-seconds-between-two-checks-5b16e6f1 = Secondes entre deux vérifications
help-secure-messaging-between-clinics-0456a06f = Messagerie sécurisée entre cliniques, hôpitaux et partenaires communautaires.
help-secure-messaging-between-clinics-753df7b4 = Messagerie sécurisée entre cliniques, hôpitaux et partenaires communautaires
help-show-a-case-team-937bf0e9 = Montrer un dossier : ce qui est ouvert, l’équipe, ce qui a été dit, qui l’a
help-show-every-certificate-that-d633e2d7 = Montrer chaque certificat signé, après avoir vérifié qu’aucun n’a été enlevé
help-show-or-set-who-c7558984 = Montrer ou établir qui peut se joindre au dossier, et qui le mène
help-show-the-plan-as-0f3d0dd9 = Montrer le plan tel qu’il est, ou tel qu’il était
help-show-what-has-changed-826b84bf = Montrer ce qui a changé dans le plan depuis une entrée
help-show-what-is-unread-9a4062be = Montrer ce qui n’est pas lu dans un dossier et le marquer comme lu
help-show-what-was-found-d54f46c6 = Montrer ce qui a été constaté contre le serveur ou des membres
help-show-who-answers-for-c80203bb = Montrer qui répond maintenant pour un siège, dans l’ordre où on leur demande
help-show-whose-account-this-547fb010 = Montrer à qui est ce compte
help-shows-who-was-shown-2813b285 = 
    Montre à qui ont été montrées des entrées de dossiers que votre organisation a ouverts, comme
    leurs appareils l’ont signé. Il faut la clé de la personne responsable dans ce compte.
help-sign-in-at-your-ec942879 = Plutôt se connecter chez le fournisseur d’identité de votre organisation, dans un navigateur de cette machine
help-something-open-that-is-6555f4f4 = Quelque chose d’ouvert qui mérite d’être nommé : son numéro; peut être répété
help-specialty-or-field-332bc6c1 = Spécialité ou domaine
help-suggest-a-service-of-d1f982bb = Suggérer un service de l’annuaire
help-take-back-something-that-c5e75f8a = Retirer une demande, ou demander de l’arrêter
help-take-no-notice-of-8a1bd8bf = Ne pas tenir compte de l’invitation
help-take-over-keys-that-65a79658 = Reprendre des clés qu’un autre responsable a exportées
help-tell-that-the-patient-95b00232 = Annoncer que le patient quitte l’hôpital, et qui assure le suivi
help-the-access-report-who-59232754 = Le rapport d’accès : qui a consulté quoi, dans les dossiers de votre organisation
help-the-authority-s-folder-b5e551b9 = Le dossier de l’autorité
help-the-case-4fbfcb8f = Le dossier
help-the-code-of-the-a86a0ca2 = Le code de la définition, la dernière énoncée, ou le numéro de son entrée
help-the-definition-018069ea = La définition
help-the-device-that-adds-49045854 = L’appareil qui vous ajoute : le début de son numéro, comme le dit `relais case show`
help-the-device-the-beginning-bc2c1103 = L’appareil : le début de son numéro, ou son nom de ressource
help-the-domain-of-the-da719276 = Le domaine de l’organisation dont c’est le fournisseur d’identité
help-the-drug-d0b6c5bb = Le médicament
help-the-entry-its-number-297e885c = L’entrée : son numéro; toutes les entrées si omis
help-the-entry-its-number-c554e23d = L’entrée : son numéro
help-the-entry-that-it-9ecc83c9 = L’entrée à laquelle elle répond
help-the-file-a0acac68 = Le fichier :
help-the-file-d79f8eae = Le fichier
help-the-file-it-must-8a49e37d = Le fichier; il ne doit pas exister
help-the-folder-stays-with-1768f7ba = Le dossier reste dans l’organisation; gardez-en une copie. L’exploitant ne reçoit que request.pem :
help-the-folder-stays-with-919626d5 = 
    Le dossier reste dans l’organisation; gardez-en une copie. L’exploitant ne reçoit que request.pem :
    {" "} relais admin org certify sainte-luce.internal --request request.pem --out authority.pem
help-the-goal-that-it-720d3042 = L’objectif qu’elle sert : son numéro
help-the-invitation-code-reads-5a1993c9 = Le code d’invitation; `-` le lit de l’entrée standard
help-the-issuer-exactly-as-15efd870 = L’émetteur, exactement comme dans ses jetons
help-the-new-person-s-3afe7ba9 = La profession de la nouvelle personne, par exemple `navigator`
help-the-new-person-s-bb478e65 = Le nom de la nouvelle personne tel que ses collègues le connaissent
help-the-number-of-the-e90ba72e = Le numéro de la dernière entrée du plan le plus récent; sinon tel qu’il est
help-the-number-of-the-f477864d = Le numéro de la dernière entrée du plan antérieur
help-the-organisation-s-domain-b6f49ec2 = Le domaine de l’organisation
help-the-organisation-whose-events-a0dbe066 = L’organisation dont les événements sont recalculés; celle de l’administrateur si omis
help-the-passphrase-seals-the-c0b123e1 = La phrase secrète scelle le fichier du compte. Qui la perd s’inscrit de nouveau avec une nouvelle invitation.
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
help-the-seat-that-is-8cdaa93f = Le siège à qui on demande
help-the-seat-that-it-17a6272b = Le siège à qui on le suggère
help-the-seat-that-it-2ce434d3 = Le siège à qui on le propose
help-the-seat-that-owns-43c034a6 = Le siège responsable du suivi
help-the-seat-that-owns-648708fb = Le siège responsable
help-the-seat-that-reconciles-00f2217f = Le siège qui fait le bilan comparatif
help-the-seat-that-says-217dbafc = Le siège qui dit s’il est donné
help-the-seat-that-sees-a0e1a5f5 = Le siège qui s’en occupe
help-the-seat-to-act-ca241ac1 = Le siège d’où agir, si vous en occupez plusieurs
help-the-seat-to-raise-50066d7c = Le siège à qui le signaler; le prochain qui couvre le responsable si omis
help-the-seat-whose-holder-4fd46aec = Le siège dont le titulaire se le voit offrir
help-the-seat-your-own-073771ef = Le siège; le vôtre si omis
help-the-section-goal-or-6f251c1e = La section, l’objectif ou l’action : son numéro
help-the-section-that-it-6da7ac04 = La section dont il fait partie : son numéro
help-the-service-by-the-bb06e4c0 = Le service, par le nom qu’on lui connaît
help-the-service-part-of-dd950a2c = Le service : partie de son nom, ou son numéro
help-the-service-sees-what-d7b9950f = Le service voit l’aperçu, dans une conversation à part : ni le dossier ni son équipe.
help-the-services-plan-sections-fef4d8fe = Le plan de services : sections, objectifs et actions, et qui est d’accord
help-the-shell-39e765eb = L’interpréteur
help-the-team-s-case-a301d231 = Le dossier de l’équipe
help-the-test-38b052ec = L’examen
help-the-witness-s-own-3f836b3a = La clé de signature du témoin; créée à la première exécution
help-title-of-the-conversation-e7252a94 = Titre de la conversation avec le service; son nom si omis
help-until-when-af2cec07 = Jusqu’à quand
help-until-when-until-it-2d2b7d58 = Jusqu’à quand; jusqu’à son retrait si omis
help-verify-the-audit-trail-99ce9884 = Vérifier le journal d’audit, et rapporter qui a fait quoi
help-what-could-help-instead-d136c47f = Ce qui pourrait aider à la place
help-what-for-8f94d152 = Pour quoi
help-what-is-filled-in-ded07da0 = Ce qui est rempli; peut être répété
help-what-is-late-its-4136b4d9 = Ce qui est en retard : son numéro
help-what-is-open-in-cfd873a3 = Ce qui est ouvert dans tous vos dossiers : les retards d’abord, puis ce que vous devez faire
help-what-is-sought-advice-2ce59f7f = Ce qui est demandé : advice, co-manage ou take-over
help-what-is-taken-from-f9a075eb = Ce qui est pris désormais; omis si c’est cessé
help-what-is-to-be-9ce103db = Ce qui est à faire
help-what-is-to-be-b8f9893b = Ce qui est à suivre; `-` le lit de l’entrée standard
help-what-it-covers-such-db1be39d = Ce qu’elle couvre, par exemple task ou appointment; peut être répété, tout si omis
help-what-it-follows-besides-6204527a = Ce qu’il suit outre ce qui lui est demandé : all, milestones ou exceptions
help-what-it-is-about-44c79373 = De quoi il s’agit
help-what-it-is-about-ed3cd401 = De quoi il s’agit, en une ligne
help-what-it-is-called-1c737872 = Comment il s’appelle
help-what-it-may-be-c9fbb3aa = Ce qu’on peut lui dire : identity, contact, social, clinical, medication, results ou mental-health; peut être répété
help-what-it-offers-4b4f0228 = Ce qu’il offre
help-what-it-shows-8e7ddf93 = Ce qu’il montre
help-what-matters-to-the-2884f65d = Ce qui compte pour le patient, forces et besoins
help-what-needs-your-acknowledgement-69f972ee = Ce qui attend votre confirmation, et du reste seulement combien il y en a
help-what-nobody-has-acknowledged-b4f99cef = Ce que personne n’a confirmé à temps, et quoi y faire
help-what-reads-it-from-dcc976db = Quoi; `-` le lit de l’entrée standard
help-what-stands-instead-reads-818e50c1 = Ce qui est mis à la place; `-` le lit de l’entrée standard
help-what-success-looks-like-176a3900 = À quoi ressemble la réussite
help-what-the-patient-agreed-49206365 = Ce que le patient a accepté de partager
help-what-the-patient-needs-17cdd0dd = Ce dont le patient a besoin; peut être répété
help-what-there-is-to-6b97b8fd = Ce qu’il y a à dire; `-` le lit de l’entrée standard
help-what-this-person-did-1a59def9 = Ce que cette personne a fait et ce qu’on lui a fait : nom, numéro ou nom de ressource
help-what-to-do-if-125f10aa = Quoi faire en cas de problème
help-what-to-log-such-139996c2 = Quoi consigner, par exemple `debug` ou `info,relais_server=debug`
help-what-waits-for-you-14c43ada = Ce qui vous attend, dans tous les dossiers
help-what-was-asked-its-4269f1d0 = Ce qui a été demandé : son numéro
help-what-was-done-to-1f6df884 = Ce qui a été fait à l’équipe de ce dossier : son numéro entier
help-what-was-taken-before-47f91fc1 = Ce qui était pris avant; omis si c’est un début
help-what-you-call-this-a574c156 = Comment vous appelez cet appareil
help-what-you-do-0c48e2ed = Ce que vous faites
help-what-you-found-d1d3adef = Ce que vous avez constaté
help-when-a-date-and-2ed33734 = Quand : une date et une heure, UTC
help-when-you-want-to-c5516f2d = Quand vous voulez être tranquille
help-where-1daaa38f = Où
help-where-an-organisation-s-db044497 = Où les gens d’une organisation se connectent pour inscrire leurs appareils
help-where-things-stand-reads-31da79fb = Où en sont les choses; `-` le lit de l’entrée standard
help-where-to-write-it-ad0eebf5 = Où l’écrire, points de contrôle signés compris
help-where-to-write-the-238123dd = Où écrire le certificat; affiché si omis
help-who-answers-for-it-5167294a = Qui en répond : nom, numéro ou nom de ressource; peut être répété
help-who-has-an-entry-35df156e = Qui a une entrée : par siège et par personne
help-who-is-eligible-and-9359ee61 = Qui est admissible et comment on y entre
help-who-leads-from-now-338e07a4 = Qui mène désormais : nom, numéro ou nom de ressource; peut être répété, et remplace qui menait
help-who-may-change-the-15a93ee1 = Qui peut changer l’équipe et ces règles, à part vous : nom, numéro ou nom de ressource; peut être répété. Sans personne, toute l’équipe le peut
help-who-of-the-service-f90c4360 = À qui du service on demande, si plusieurs en répondent
help-who-takes-it-name-37e20002 = Qui l’occupe : nom, numéro ou nom de ressource
help-whoever-has-the-file-62183175 = Qui a le fichier et peut lister les consultations peut lire qui a consulté quoi. Gardez-le hors ligne.
help-whom-it-is-about-cb1d35f1 = De qui il s’agit
help-whom-it-takes-as-aa2a229a = Qui il accepte; selon l’annuaire si omis
help-whose-people-may-join-59abf754 = De quelles organisations on peut s’y joindre, outre celles de l’équipe : domaine; peut être répété. Sans aucun, de toutes
help-whose-people-may-join-6dcadf4e = De quelles organisations on peut s’y joindre désormais : domaine; peut être répété, et remplace ce qui valait
help-why-a-referral-is-52100e34 = Pourquoi une référence est déclinée : no-capacity, waitlist, not-eligible, could-not-contact, no-longer-interested ou referred-elsewhere
help-why-d3ae14a5 = Pourquoi
help-why-it-could-help-22b58825 = Pourquoi cela pourrait aider
help-why-the-team-talks-611c98e5 = Pourquoi l’équipe se parle
help-with-allow-enrolment-at-344c439f = Avec --allow-enrolment : au plus ce nombre par heure
help-with-json-every-command-272a1f05 = 
    Avec --json, chaque commande écrit un objet, {"{"}"ok": true, "kind": ..., "data": ...{"}"}; les erreurs
    sont un objet sur la sortie d’erreur, {"{"}"ok": false, "error": {"{"}"kind", "reason", "message",
    "exit_code"{"}"}{"}"}.
help-withdraw-it-instead-e52caf0d = Plutôt la retirer
help-without-ask-and-allow-f5105f2f = 
    Sans --ask ni --allow-enrolment, seuls sont certifiés les appareils d’invitations que
    `relais org expect` a annoncées.
help-words-in-the-name-bf9447a0 = Mots du nom, de la description ou des critères; tout si omis
help-write-it-to-a-b526f888 = L’écrire plutôt dans un nouveau fichier
help-write-the-secret-keys-18c14fa0 = Écrire les clés secrètes de ce compte dans un nouveau fichier, lisible par vous seul
help-your-own-seat-s-d3671ba3 = Le rôle de votre propre siège
