### What the SDK, the engine and the server refuse, by published reason. The English stands at their types.

## Published reasons

reason-malformed-field = un champ manque ou est mal formé
reason-payload-too-large = le contenu est trop volumineux
reason-request-id-reused = ce numéro de demande a déjà servi à autre chose : réessayez
reason-credential-missing = l’appel ne dit pas qui appelle
reason-token-expired = le jeton est expiré : réessayez
reason-challenge-expired = le défi est inconnu, a déjà servi ou est expiré : recommencez
reason-proof-invalid = la preuve de possession de la clé n’est pas valide
reason-not-allowed = vous n’en avez pas le droit
reason-not-found = cela n’existe pas, ou vous n’avez pas à le savoir
reason-already-exists = cela existe déjà
reason-invitation-used = l’invitation a déjà servi : demandez-en une autre à votre administrateur
reason-invitation-expired = l’invitation est expirée : demandez-en une autre à votre administrateur
reason-stale-epoch = le groupe a avancé entre-temps : réessayez
reason-future-epoch = le groupe n’en est pas encore là
reason-handshake-invalid = ce changement du groupe n’est pas valide dans son état actuel
reason-credential-invalid = un certificat n’est pas valide ou nomme quelqu’un d’autre
reason-key-package-invalid = un paquet de clés n’est pas valide
reason-key-packages-exhausted = il n’y a plus d’appareil qui puisse être ajouté
reason-cursor-invalid = ce point de reprise ne vient pas de ce serveur : cet appareil doit tout redemander
reason-cursor-compacted = ce point de reprise est plus ancien que ce que le serveur garde
reason-rate-limited = trop d’appels : attendez un moment, puis réessayez
reason-overloaded = le serveur est à sa limite : réessayez dans un moment
reason-shutting-down = le serveur est en cours d’arrêt : réessayez dans un moment
reason-storage-unavailable = la base de données du serveur n’a pas répondu : réessayez
reason-deadline-exceeded = l’appel a pris trop de temps : réessayez
reason-commit-required = un appareil révoqué doit d’abord être retiré du groupe : réessayez dans un moment
reason-device-revoked = cet appareil a été révoqué : ce qu’il contient reste lisible; demandez une invitation à votre administrateur si vous devriez avoir accès
reason-id-token-invalid = ce que le fournisseur d’identité dit de vous ne peut être vérifié
reason-identity-provider-unavailable = le fournisseur d’identité de votre organisation n’a pas répondu : réessayez plus tard
reason-proof-missing = l’appel ne porte aucune preuve de possession de la clé
reason-proof-stale = la preuve est trop ancienne ou vient de l’avenir : vérifiez l’heure de cet appareil
reason-proof-replayed = la preuve a déjà servi : réessayez
reason-certificate-invalid = le certificat de la connexion est expiré ou n’est pas celui de l’appelant
reason-credential-mismatch = le certificat de la connexion et le jeton sont de deux appelants
reason-step-up-required = vous devez prouver de nouveau qui vous êtes
reason-renewal-too-early = il est trop tôt pour renouveler le certificat
reason-sending-stopped = l’envoi a cessé, parce que cet appareil a la preuve d’une tromperie : voyez `relais evidence`
reason-too-many-timers = trop d’échéances du groupe sont en cours
reason-authority-unavailable = l’autorité de votre organisation n’a pas répondu : réessayez plus tard
reason-authority-refused = l’autorité de votre organisation a refusé de certifier l’appareil
reason-internal = le serveur a un défaut : avertissez son exploitant

# The English words tell what the reason alone does not.
reason-with-details = { $reason } ({ $details })

## What happens without a published reason

client-unreachable = le serveur à { $url } ne peut être joint ({ $why }) : vérifiez l’adresse et qu’il fonctionne; rien n’est perdu
client-wrong-passphrase = la phrase de passe n’ouvre pas ce compte : vérifiez-la et réessayez
client-in-use = le compte { $path } est ouvert dans un autre processus : fermez d’abord celui-là
client-no-account = il n’y a pas de compte à { $path } : inscrivez d’abord cet appareil avec un code d’invitation
client-sign-in = la connexion n’a pas réussi ({ $why })
client-store = le stockage local a fait défaut ({ $why })
client-timed-out = cela a pris trop de temps ({ $why })
client-closed = le compte a été fermé : ouvrez-le de nouveau
client-queued = { $failure }; ce que vous avez fait est gardé sur cet appareil et partira la prochaine fois qu’il joindra le serveur
