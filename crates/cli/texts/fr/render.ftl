## huddle

huddle-interrupted = INTERROMPUE
huddle-late = EN RETARD
huddle-due = échéance
huddle-review-now = À REVOIR [{ $title }] { $told }
huddle-decided = décidé [{ $title }] { $told }

## render/access

render-access-until = jusqu’à
render-access-withheld = Entrées antérieures qui ne vous ont pas été transmises : { $count }. Vous avez reçu : { $given }. Demandez à l’équipe s’il vous en faut plus.
render-access-let-in = Accès d’urgence : { $who } jusqu’à { $until } ({ $reason }), accordé par { $by } : « { $why } ». Revue : { $reviewer }.

## render/case

render-case-timeline = FIL DES ÉCHANGES
render-case-nothing-open = Rien n’est en suspens.
render-case-open = EN COURS
render-case-decisions = DÉCISIONS
render-case-with-patient = AVEC LA PERSONNE SOIGNÉE
render-case-with-partner = AVEC UN PARTENAIRE
render-case-team = ÉQUIPE
render-case-finished = TERMINÉ
render-case-vacant-seat = SIÈGE VACANT
render-case-since = depuis le
render-case-waiting-for = en attente de ce siège
render-case-waiting-for-history = en attente de l’historique
render-case-born = naissance :
render-case-language = langue

## render/decisions

render-decisions-settled = #{ $number } { $what }{ $about } — { $by } : { $reason }
render-decisions-to-review = #{ $number } { $what }{ $about } — { $by } : { $reason } · à revoir le { $review }

## render/group

render-group-everybody-team = toute l’équipe
render-group-people-every-organisation = les gens de toute organisation
render-group-may-change-team = Peut changer l’équipe
render-group-may-join = Peut s’y joindre
render-group-brought-back-into-step-device = Appareil remis au pas :
render-group-nobody-team = personne de l’équipe
render-group-change-keys-could-not-be = Un changement de clés n’a pas pu être suivi; il était signé par
render-group-rules-set = Règles établies par
render-group-device-cannot-follow-case-any = Cet appareil ne peut plus suivre le dossier : demandez à un membre de vous retirer et de vous ajouter de nouveau. Ce que vous voyez reste lisible.
render-group-somebody-who-was-not-case = Quelqu’un qui n’était pas dans ce dossier quand vous y étiez veut vous y ajouter de nouveau. Demandez à l’équipe par téléphone; si c’est juste, lancez `relais case rejoin` avec ce dossier et le début du numéro de l’appareil. C’est
render-group-device-getting-back-into-step = Cet appareil se remet au pas du dossier; ce que vous écrivez partira ensuite.
render-group-entries-could-not-be-read = entrées n’ont pas pu être lues pendant que cet appareil n’était plus au pas
render-group-shared = , partagée par { $by }
render-group-device-not-transparency-log-ask = l’appareil n’est pas dans le journal de transparence; demandez-lui si c’est bien de sa main
render-group-not-checked-yet = pas encore vérifiée
render-group-not-proved-who-wrote-these = Il n’est pas prouvé qui a écrit ces entrées :

## render/loops

render-loops-late = EN RETARD
render-loops-asked = demandé par
render-loops-acknowledge = à confirmer avant le
render-loops-due = échéance
render-loops-for = pour
render-loops-meanwhile = en attendant
render-loops-expected = prévu le
render-loops-instead = à la place
render-loops-nobody-has-act = plus rien à faire
render-loops-vacant-seat = (siège vacant)
render-loops-queue = (en file d’attente)
render-loops-act = doit agir :
render-loops-accept = doit accepter :
render-loops-supply-information = doit préciser :
render-loops-close = doit fermer :
render-loops-outstanding = À reprendre : { $open } en cours, { $overdue } en retard.

## render/receipts

render-receipts-marks-per-seat-d-delivered = Marques par siège : r remis · l lu · c confirmé (siège responsable seulement). Heures en UTC.
render-receipts-seat = Siège
render-receipts-person = Personne
render-receipts-delivered = Remis
render-receipts-read = Lu
render-receipts-acknowledged = Confirmé
render-receipts-left = (parti)
render-receipts-letter-delivered = r
render-receipts-letter-read = l
render-receipts-letter-acknowledged = c

## render/sharing

render-sharing-copy-was-taken-back-since = la copie a été retirée depuis; ce qui a été lu reste lu
render-sharing-copy-says-something-else-ask = la copie dit autre chose : demandez à la personne qui l’a partagée
render-sharing-original-was-corrected-since-take = l’original a été corrigé depuis : retirez la copie (relais retract) et partagez-la de nouveau
render-sharing-shared = partagée avec { $with } le { $on } par { $by }
render-sharing-shared-under-consent = partagée avec { $with } selon le consentement { $consents } le { $on } par { $by }
render-sharing-access-due = ⚠ Aucun consentement au partage avec { $who } n’est plus en vigueur. Plus rien ne part vers « { $title } », et ses appareils en sortent dès qu’un appareil d’une personne présente dans les deux conversations est en ligne.
render-sharing-ended = ⚠ TERMINÉE le { $on } (#{ $number }) : { $cause }. Ce qui a été lu reste lu; plus rien n’est partagé. Ce qui est encore en cours a ainsi été interrompu. Avec un nouveau consentement, une nouvelle conversation commence.

## render/tags

render-tags-spec = SPÉC
render-tags-pcp = MF
render-tags-nurse = INF
render-tags-nav = PIVOT
render-tags-pharm = PHARM
render-tags-social = TS
render-tags-comm = COMM
render-tags-clerk = SECR
render-tags-lab = LABO
render-tags-patient = PATIENT
render-tags-carer = PROCHE
render-tags-emerg = URG
render-tags-hub = GUICHET
render-tags-mentor = MENTOR
render-tags-mgr = GEST

## render/team

render-team-vacant = (vacant)
render-team-after = après
render-team-queue = (file de { $count })

## render/timeline

render-timeline-history-shared = historique transmis par
render-timeline-from-here-on-you-were = à partir d’ici, vous y étiez
render-timeline-no-effect = Sans effet
render-timeline-withdrawn-its-author = Retiré par son auteur
render-timeline-corrected-its-author = Corrigé par son auteur
render-timeline-no-seat = sans siège
render-timeline-only = seulement à
render-timeline-kept = ✎ Selon son auteur, ne contient pas : { $kinds }

## render/words

render-words-opened-case = A ouvert le dossier
render-words-withdrew = A retiré
render-words-corrected = A corrigé
render-words-from-conversation-with-patient = De la conversation avec la personne soignée
render-words-from-conversation-with-partner = De la conversation avec un partenaire
render-words-shared-from-care-team = Partagé par l’équipe de soins
render-words-could-not-be-read = Illisible
render-words-needs = Besoins
render-words-consent = Consentement
render-words-outcome-wanted = Résultat souhaité
render-words-eligibility = Admissibilité
render-words-meanwhile = En attendant
render-words-expected = Date prévue
render-words-alternative = Autre possibilité
render-words-vacant = vacant
render-words-care-team-has-changed = L’équipe de soins a changé
render-words-earlier-entries-given = entrées antérieures transmises
render-words-reminder = Rappel de #{ $number } : { $title }

## render/text

month-1 = janv.
month-2 = févr.
month-3 = mars
month-4 = avr.
month-5 = mai
month-6 = juin
month-7 = juill.
month-8 = août
month-9 = sept.
month-10 = oct.
month-11 = nov.
month-12 = déc.
