### What was found out about the server or a member. The English stands at the engine's types.

# What everybody does about a contradiction for which there is no button.
-call-all = Plus rien n’est envoyé dans aucun dossier; vous pouvez toujours lire ce que vous avez. Appelez les personnes avec qui vous travaillez, et remettez le fichier qu’écrit `relais evidence` à l’exploitant du serveur et à votre responsable de la vie privée

# The same for one case.
-call-team = Plus rien n’est envoyé dans ce dossier; vous pouvez toujours lire ce que vous avez. Appelez les autres membres, et remettez le fichier qu’écrit `relais evidence` à l’exploitant du serveur et à votre responsable de la vie privée

# What removes a device that alone contradicts this one.
-expel = Si un seul appareil diffère et que son propriétaire ne l’explique pas, retirez-le avec `relais case expel` (c’est permis, et le dossier continue ensuite)

## Breaches: what happened, what it means, what to do

breach-ghost = dossier { $case } : l’appareil { $device } est dans ce dossier, mais son certificat n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lire en secret. Plus rien n’est envoyé dans ce dossier; vous pouvez toujours le lire. Demandez par téléphone à la personne concernée si cet appareil est le sien; sinon, retirez-le avec `relais case expel` (c’est permis, et le dossier continue ensuite), et avertissez votre responsable de la vie privée
breach-fork = dossier { $case } : cet appareil et { $by } sont dans deux versions différentes de l’époque { $epoch } de ce dossier. Le serveur montre des choses différentes aux uns et aux autres, de sorte que chacun manque ce que disent les autres. { -call-team }. { -expel }
breach-other-log = dossier { $case } : l’appareil { $by } a un autre journal de transparence que cet appareil : son point de contrôle n’est pas signé par la clé reçue à l’inscription. Ou bien le serveur a donné à l’un de vous un journal à part, et peut lui cacher à qui un accès a été donné; ou bien cet appareil ne dit pas la vérité. { -call-team }. Comparez la clé que montre `relais evidence`; si c’est la vôtre qui diffère, inscrivez cet appareil de nouveau. { -expel }
breach-rewritten = dossier { $case } : le serveur montre maintenant autre chose à la place de l’entrée { $seq }. Ses données ont été ramenées à un état antérieur, ou quelqu’un les a modifiées. { -call-team }
breach-forgotten = dossier { $case } : le serveur a oublié des entrées de ce dossier que cet appareil a reçues. Ses données ont été ramenées à un état antérieur, ou quelqu’un les a supprimées. { -call-team }
breach-cursors-denied = le serveur a oublié des entrées que cet appareil a reçues. Ses données ont été ramenées à un état antérieur, ou quelqu’un les a supprimées. { -call-all }
breach-rollback = le journal de transparence du serveur a raccourci : il comptait { $held ->
    [one] { $held } entrée
   *[other] { $held } entrées
} et en compte maintenant { $shown }. Le serveur a été ramené à un état antérieur, ou cache à qui un accès a été donné. { -call-all }
breach-split-view = le serveur montre des journaux de transparence différents à différentes personnes (de { $held } et de { $shown ->
    [one] { $shown } entrée
   *[other] { $shown } entrées
}, qui ne vont pas ensemble). Il peut ainsi vous cacher à qui un accès a été donné. { -call-all }

## Alarms

alarm-gap = dossier { $case } : l’entrée { $expected } manque, { $got } est venue à sa place; elle est redemandée
alarm-unreadable = dossier { $case } : l’entrée { $seq } n’a pas pu être lue ({ $why }); demandez à son auteur de l’envoyer de nouveau
alarm-join-refused = une invitation dans le dossier { $case } a été refusée ({ $why }); demandez à la personne qui l’a envoyée de vous inviter de nouveau
alarm-out-of-step = dossier { $case } : le changement { $seq } des clés de l’équipe, qu’aucun membre n’a signé, ne peut être suivi ({ $why }). Cet appareil se remet au pas du dossier, et ce que vous écrivez partira ensuite; il n’y a rien à faire. Si cela se reproduit, avertissez la personne qui utilise cet appareil-là et votre administrateur
alarm-out-of-step-signed = dossier { $case } : le changement { $seq } des clés de l’équipe, signé par { $by }, ne peut être suivi ({ $why }). Cet appareil se remet au pas du dossier, et ce que vous écrivez partira ensuite; il n’y a rien à faire. Si cela se reproduit, avertissez la personne qui utilise cet appareil-là et votre administrateur
alarm-ghost-refused = dossier { $case } : l’appareil { $device } n’a pas été ajouté, parce que son certificat n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lire en secret; rien ne lui a été envoyé, et le dossier continue. Demandez par téléphone à la personne concernée si cet appareil est le sien, et avertissez votre responsable de la vie privée
alarm-stranger-refused = dossier { $case } : pour ajouter { $person }, le serveur a donné l’appareil { $device }, qui n’est pas le sien. Il n’a pas été ajouté et rien ne lui a été envoyé. Le serveur, ou quelqu’un qui s’y est introduit, veut peut-être lire en secret : avertissez l’exploitant du serveur et votre responsable de la vie privée
alarm-own-device = dossier { $case } : l’appareil { $device } est dans ce dossier à votre propre nom, et cet appareil-ci n’en avait pas été averti. S’il est à vous, il n’y a rien à faire. Sinon, quelqu’un lit à votre place : retirez-le avec `relais case expel`, et demandez à votre administrateur de le révoquer (`relais admin revoke device { $organisation } { $id }`); avertissez aussi votre responsable de la vie privée
alarm-author-unlogged = dossier { $case } : une entrée au nom de l’appareil { $author }, qui n’est plus dans le dossier, est signée avec un certificat qui n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lui faire dire quelque chose. L’entrée est montrée comme non prouvée, et le dossier continue. Demandez par téléphone à la personne si elle l’a écrite avant de vous y fier, et avertissez votre responsable de la vie privée
alarm-author-unlogged-shared = dossier { $case } : une entrée au nom de l’appareil { $author }, que { $by } a partagée, est signée avec un certificat qui n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lui faire dire quelque chose. L’entrée est montrée comme non prouvée, et le dossier continue. Demandez par téléphone à la personne si elle l’a écrite avant de vous y fier, et avertissez votre responsable de la vie privée
alarm-log-unverifiable = le journal de transparence ne peut être vérifié ({ $why }); ce qui en dépend attend, et la question sera reposée. La lecture continue. Si cela dure, avertissez l’exploitant du serveur
alarm-log-withheld = le serveur ne répond plus sur la suite de son journal de transparence, ou sur son accord avec ce qu’un autre membre a reçu. D’ici là, plus rien n’est envoyé dans aucun dossier; la lecture continue, ce que vous écrivez attend, et la question est reposée. C’est peut-être une panne, ou quelqu’un cache à qui un accès a été donné : si cela dure, avertissez l’exploitant du serveur et votre responsable de la vie privée
alarm-witness-silent = aucun témoin n’a vérifié récemment le journal de transparence du serveur (la dernière fois il y a { $hours ->
    [one] { $hours } heure
   *[other] { $hours } heures
}; il devrait le faire toutes les { $every } heures). Tout continue, mais un serveur qui vous trompe serait remarqué plus tard. Dites à l’exploitant du serveur que le témoin ne tourne pas
alarm-witness-never = aucun témoin n’a vérifié récemment le journal de transparence du serveur (jamais encore; il devrait le faire toutes les { $every } heures). Tout continue, mais un serveur qui vous trompe serait remarqué plus tard. Dites à l’exploitant du serveur que le témoin ne tourne pas
alarm-rejoin-doubted = dossier { $case } : vous étiez déjà dans ce dossier, et { $by } veut vous y ajouter de nouveau, mais n’y était pas quand vous y étiez. C’est peut-être un collègue venu plus tard, ou quelqu’un qui a fait un autre groupe sous ce nom pour obtenir ce que vous avez. Demandez à l’équipe par téléphone; si c’est juste, lancez `relais case rejoin`. D’ici là, rien n’en est lu ni envoyé, et ce que vous avez reste lisible
alarm-needs-readding = dossier { $case } : cet appareil ne peut plus suivre le dossier et n’a pas pu s’y joindre de nouveau par lui-même ({ $why }). Demandez à un membre de l’équipe de vous retirer et de vous ajouter de nouveau; ce que cet appareil contient reste lisible
alarm-rolled-back = dossier { $case } : les données de cet appareil sont plus anciennes que ce qu’il a fait : elles viennent d’une copie, ou une deuxième copie en est utilisée. Il se remet au pas du dossier, et les autres partagent de nouveau ce qui lui manque. Assurez-vous qu’une seule copie est utilisée, et demandez à être ajouté de nouveau aux dossiers qui manquent
alarm-nobody-is-woken = dossier { $case } : le serveur n’avertira personne si l’entrée { $entry } n’est pas confirmée ({ $why }) : vérifiez vous-même qu’elle l’est, ou téléphonez
alarm-revoked = cet appareil a été révoqué par votre organisation : ce qu’il contient reste lisible, mais rien de nouveau n’arrive et rien ne peut être envoyé; demandez une invitation à votre administrateur si vous devriez avoir accès
alarm-officer-key = la clé de la personne responsable de la vie privée que le serveur a donnée pour { $organisation } ne peut être vérifiée ({ $why }); d’ici là, qui lit ses dossiers n’est pas consigné : avertissez cette personne par téléphone
alarm-history-differs = dossier { $case } : { $by } a partagé un historique qui diffère du vôtre à l’entrée { $seq }; comparez avec cette personne
