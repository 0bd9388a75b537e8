settings-rules = Règles
rules-hint = Ce qui arrive aux nouveaux messages à leur entrée dans la boîte de réception. Les règles sont consultées de haut en bas ; si plusieurs conviennent, chacune agit, mais un message n’est déplacé qu’une fois.
rules-add = Créer une règle
rules-all = Toutes les règles
rules-new = Nouvelle règle
rules-none = Il n’y a pas encore de règle.
rules-no-such = Cette règle n’existe plus.
rules-local = Aucun message n’arrive de lui-même dans ce compte : les règles n’y agissent que si vous les appliquez.
rules-on-name = { $name } est activée
rules-on = activée
rules-off = désactivée
rules-if = Si :
rules-does = Alors :
rules-every = tous les messages
rules-and = { " et " }
rules-or = { " ou " }
rules-attachment = { $is ->
    [yes] une pièce jointe
   *[no] aucune pièce jointe
}
rules-value = « { $value } »
rules-gone = (une boîte qui n’existe plus)
rules-edit = Modifier
rules-apply = Appliquer à la boîte de réception
rules-up = Monter { $name }
rules-up-key = Alt+↑
rules-down = Descendre { $name }
rules-down-key = Alt+↓
rules-moved = { $name } est maintenant en position { $place } sur { $count }.
rules-handled = { $count ->
    [0] N’a encore rien traité.
    [one] A traité un message, { $when }.
   *[other] A traité { $count } messages, le dernier { $when }.
}
rules-problem = { $kind ->
    [mailboxGone] Une boîte où cette règle range des messages n’existe plus. La règle ne fait rien tant que vous n’en choisissez pas une autre.
    [invalidQuery] Les conditions de cette règle ne sont plus comprises. La règle ne fait rien tant que vous ne les changez pas.
   *[other] Cette règle ne fait rien pour le moment.
}
rules-account = Compte
rules-name = Nom
rules-name-hint = Laissé vide : ce qu’elle cherche.
rules-name-long = Ce nom est trop long.
rules-when = Quels messages
rules-any = Une seule de ces conditions suffit
rules-condition = Condition { $number }
rules-condition-what = Quoi
rules-condition-how = Comment
rules-condition-remove = Supprimer la condition { $number }
rules-condition-add = Ajouter une condition
rules-condition-empty = Écrivez ici ce qui est cherché, ou supprimez cette condition.
rules-field = { $field ->
    [from] Expéditeur
    [to] Destinataire
    [cc] En copie
    [subject] Objet
    [body] Texte
    [words] N’importe où
    [list] Liste de diffusion
    [filename] Nom d’une pièce jointe
    [attachment] Pièce jointe
    [larger] Taille d’au moins
   *[smaller] Taille inférieure à
}
rules-how = { $how ->
    [text-yes] contient
    [text-no] ne contient pas
    [attachment-yes] il y en a une
    [attachment-no] il n’y en a pas
    [size-yes] oui
   *[size-no] non
}
rules-size = { $unit ->
    [k] { $number } Ko
    [m] { $number } Mo
   *[g] { $number } Go
}
rules-unit = Unité
rules-unit-kind = { $unit ->
    [k] Ko
    [M] Mo
   *[G] Go
}
rules-query = Requête
rules-query-hint = Comme dans la recherche : from:jeanne subject:"rapport annuel" -list:dev has:attachment larger:5M (a OR b). Laissée vide : tous les messages.
rules-as-query = L’écrire comme une requête
rules-as-rows = L’afficher en conditions
rules-only-query = Cette requête dit plus que ne le peuvent des conditions.
rules-bad-query = Pas compris : { $why }
rules-bad-query-at = Pas compris à partir de « { $at } » : { $why }
rules-matches = { $count ->
    [0] Ne correspond à aucun message présent.
    [one] Correspond à un message présent, qui { $inbox ->
        [0] n’est pas
       *[one] est
    } dans la boîte de réception.
   *[other] Correspond à { $shown } messages présents, dont { $inbox ->
        [0] aucun
        [one] un seul
       *[other] { $shownInbox }
    } dans la boîte de réception.
}
rules-newest = Le plus récent : « { $subject } » de { $who }, { $when }.
rules-then = Ce qui en est fait
rules-move = Le déplacer vers
rules-move-none = nulle part : il reste dans la boîte de réception
rules-move-gone = La boîte n’existe plus : choisissez-en une autre.
rules-move-role = { $role ->
    [archive] les archives
    [trash] la corbeille : le supprimer
   *[junk] les indésirables
}
rules-copy = L’ajouter aussi à
rules-copy-none = aucune autre boîte
rules-copy-more = une boîte de plus…
rules-copy-remove = Pas dans { $mailbox }
rules-copy-gone = L’une des boîtes n’existe plus : retirez-la.
rules-seen = Marquer comme lu
rules-flag = Suivre
rules-keywords = Et des mots-clés : { $keywords }
rules-last = S’arrêter là
rules-last-hint = Les règles plus bas ne voient pas ce qui correspond à celle-ci.
rules-no-action = Dites ce qui doit en être fait.
rules-apply-too = { $count ->
    [one] L’appliquer aussi au message de la boîte de réception qui correspond
   *[other] L’appliquer aussi aux { $count } messages de la boîte de réception qui correspondent
}
rules-does-move = déplacer vers { $mailbox }
rules-does-move-role = { $role ->
    [archive] archiver
    [trash] supprimer (vers la corbeille)
   *[junk] déplacer vers les indésirables
}
rules-does-copy = ajouter aussi à { $mailbox }
rules-does-seen = marquer comme lu
rules-does-flag = suivre
rules-does-keyword = mettre le mot-clé { $keyword }
rules-does-no-keyword = retirer le mot-clé { $keyword }
rules-does-last = s’arrêter là
rules-saved = La règle « { $name } » est enregistrée.
rules-remove = Supprimer la règle
rules-remove-title = Supprimer la règle « { $name } » ?
rules-remove-text = Ce qu’elle a fait reste fait.
rules-removed = La règle « { $name } » est supprimée.
rules-applying = Application de « { $name } » à la boîte de réception…
rules-applied = { $count ->
    [0] « { $name } » n’avait rien à faire dans la boîte de réception.
    [one] « { $name } » a traité un message.
   *[other] « { $name } » a traité { $count } messages.
}
rules-apply-lost = On ne sait plus jusqu’où la règle a été appliquée.
