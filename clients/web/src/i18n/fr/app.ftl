app-starting = Ouverture de votre courrier…
app-loading = Chargement…
app-not-loaded = Cette partie de l’application n’a pas pu être chargée : { $why }
app-again = Réessayer
app-dismiss = Fermer ce message
app-messages = Messages
app-menu = Boîtes
app-mailboxes = Boîtes
app-close = Fermer
app-skip = Aller à la liste des messages
app-splitter = Taille de la liste
app-bottom-bar = Actions principales
app-bottom-inbox = Réception
app-bottom-compose = Écrire
undo = Annuler
role-inbox = Boîte de réception
role-flagged = Suivis
role-drafts = Brouillons
role-sent = Envoyés
role-archive = Archives
role-junk = Indésirables
role-trash = Corbeille
role-all = Tous les messages
sidebar-name = Boîtes
sidebar-unread = { $count ->
    [one] { $count } non lu
   *[other] { $count } non lus
}
sidebar-drafts = { $count ->
    [one] { $count } brouillon
   *[other] { $count } brouillons
}
sidebar-statistics = Statistiques
sidebar-settings = Réglages
sidebar-setup = Ajouter un compte
command-next = Suivant
command-previous = Précédent
command-open = Ouvrir
command-back = Retour
command-select = Sélectionner
command-select-down = Étendre la sélection vers le bas
command-select-up = Étendre la sélection vers le haut
command-select-all = Tout sélectionner dans cette liste
command-select-none = Ne rien sélectionner
command-first = Au premier
command-last = Au dernier
command-page-down = Dix plus bas
command-page-up = Dix plus haut
command-next-unread = Non lu suivant
command-archive = Archiver
command-trash = Supprimer
command-junk = Indésirable
command-not-junk = Pas indésirable
command-flag = Suivre
command-mark-read = Marquer comme lu
command-mark-unread = Marquer comme non lu
command-toggle-read = Lu ou non lu
command-move = Déplacer vers…
command-label = Étiquettes…
command-to-inbox = Remettre dans la boîte de réception
command-next-message = Message suivant de la conversation
command-previous-message = Message précédent de la conversation
command-unfold = Tout déplier
command-read-on = Lire la suite
command-read-back = Lire en arrière
command-source = Source
command-print = Imprimer
command-compose = Nouveau message
command-reply = Répondre
command-reply-all = Répondre à tous
command-forward = Transférer
command-send = Envoyer
command-go-inbox = Aller à la boîte de réception
command-go-flagged = Aller aux messages suivis
command-go-sent = Aller aux envoyés
command-go-drafts = Aller aux brouillons
command-go-all = Aller à tous les messages
command-go-mailbox = Aller à une boîte
command-search = Rechercher
command-go-outbox = Aller à la boîte d’envoi
command-go-settings = Réglages
command-go-statistics = Statistiques
command-add-account = Ajouter un compte
command-only-unread = Seulement les non lus
command-view-layout = Cartes ou tableau
command-view-density = Densité
command-view-pane = Volet de lecture
command-view-conversations = Conversations ou messages séparés
command-view-theme = Clair ou sombre
command-undo = Annuler
command-sync = Relever le courrier maintenant
command-help = Raccourcis clavier
command-palette = Toutes les commandes
help-title = Raccourcis clavier
help-list = Dans la liste
help-message = Avec les messages
help-write = Écrire
help-go = Se déplacer
help-view = Affichage
help-app = Partout
palette-what = Que voulez-vous faire, ou où aller ?
palette-nothing = Rien ne porte ce nom.
palette-go = Aller à { $name }
picker-move = Déplacer vers quelle boîte ?
picker-label = Ajouter aussi à quelle boîte, ou retirer de laquelle ?
picker-off = en retire le message
picker-only = il n’est dans aucune autre boîte
picker-new = Créer « { $name } »
picker-nothing = Il n’y a pas de telle boîte.
view-menu = Affichage de la liste
view-conversations = Conversations
view-layout-cards = Cartes
view-layout-table = Une ligne par message
view-density-compact = Compact
view-density-normal = Normal
view-density-relaxed = Aéré
view-pane-right = Message à côté
view-pane-below = Message en dessous
view-pane-none = Message à la place de la liste
triage-told-archive = { $count ->
    [one] Un message archivé
   *[other] { $count } messages archivés
}
triage-told-trash = { $count ->
    [one] Un message supprimé
   *[other] { $count } messages supprimés
}
triage-told-junk = { $count ->
    [one] Un message indésirable
   *[other] { $count } messages indésirables
}
triage-told-inbox = { $count ->
    [one] Un message remis dans la boîte de réception
   *[other] { $count } messages remis dans la boîte de réception
}
triage-told-move = { $count ->
    [one] Un message déplacé vers { $mailbox }
   *[other] { $count } messages déplacés vers { $mailbox }
}
triage-told-copy = { $count ->
    [one] Un message aussi dans { $mailbox }
   *[other] { $count } messages aussi dans { $mailbox }
}
triage-told-unlabel = { $count ->
    [one] Un message retiré de { $mailbox }
   *[other] { $count } messages retirés de { $mailbox }
}
triage-told-destroy = { $count ->
    [one] Un message supprimé définitivement
   *[other] { $count } messages supprimés définitivement
}
triage-told-seen-on = { $count ->
    [one] Un message marqué comme lu
   *[other] { $count } messages marqués comme lus
}
triage-told-seen-off = { $count ->
    [one] Un message marqué comme non lu
   *[other] { $count } messages marqués comme non lus
}
triage-told-flagged-on = { $count ->
    [one] Un message suivi
   *[other] { $count } messages suivis
}
triage-told-flagged-off = { $count ->
    [one] Un message n’est plus suivi
   *[other] { $count } messages ne sont plus suivis
}
triage-told-keyword-on = { $count ->
    [one] Un message étiqueté { $mailbox }
   *[other] { $count } messages étiquetés { $mailbox }
}
triage-told-keyword-off = { $count ->
    [one] Un message n’a plus l’étiquette { $mailbox }
   *[other] { $count } messages n’ont plus l’étiquette { $mailbox }
}
triage-undone = Annulé : { $what }
triage-undoing = Annulation…
triage-under-way = En cours…
triage-progress = { $done } sur { $total }
triage-progress-unknown = { $done } jusqu’ici
triage-stop = Arrêter
triage-stopped = Arrêté après { $done } sur { $total }.
triage-final = Impossible à annuler, car des messages sont passés dans un autre compte : { $what }
triage-nothing-to-undo = Il n’y a rien à annuler.
app-update = Il y a une nouvelle version de cette application.
app-update-now = L’utiliser
app-update-later = Elle servira dès que plus aucun message ne sera en cours d’écriture.
app-cancel = Annuler
mailbox-menu = Actions sur { $name }
mailbox-create = Créer une boîte
mailbox-create-for = Créer une boîte dans { $name }
mailbox-create-in = Créer une boîte dans { $name }
mailbox-create-menu = Créer une sous-boîte…
mailbox-name = Nom
mailbox-rename = Renommer { $name }
mailbox-rename-yes = Renommer
mailbox-rename-menu = Renommer…
mailbox-color-menu = Couleur…
mailbox-show-menu = Toujours afficher sur le côté
mailbox-hide-menu = N’afficher que parmi les autres
sidebar-others = { $count ->
    [one] Une autre boîte
   *[other] { $count } autres boîtes
  }
color-of = Couleur de { $name }
color-none = Aucune
color-red = Rouge
color-orange = Orange
color-yellow = Jaune
color-green = Vert
color-teal = Bleu canard
color-blue = Bleu
color-violet = Violet
color-pink = Rose
color-brown = Marron
color-grey = Gris
tag-label1 = Important
tag-label2 = Travail
tag-label3 = Personnel
tag-label4 = À faire
tag-label5 = Plus tard
mailbox-remove = Supprimer { $name } ?
mailbox-remove-menu = Supprimer…
mailbox-remove-yes = Supprimer
mailbox-remove-empty = Elle est vide.
mailbox-remove-with = { $count ->
    [one] Le message qu’elle contient est supprimé définitivement.
   *[other] Les { $count } messages qu’elle contient sont supprimés définitivement, sauf s’ils sont aussi dans d’autres boîtes.
}
mailbox-removed = { $name } est supprimée.
mailbox-read-all = Tout marquer comme lu
mailbox-empty = Vider { $name } ?
mailbox-empty-menu = Vider…
mailbox-empty-yes = Supprimer définitivement
mailbox-empty-text = { $count ->
    [one] Un message est supprimé définitivement.
   *[other] { $count } messages sont supprimés définitivement.
}
sort-date = Par date
sort-from = Par expéditeur
sort-subject = Par objet
sort-size = Par taille
sort-reverse = Dans l’autre sens
sort-menu = Ordre de la liste
command-snooze = Mettre en veille…
command-go-snoozed = Aller aux messages en veille
role-snoozed = En veille
snooze-title = Masquer jusqu’à quand ?
snooze-evening = Ce soir
snooze-tomorrow = Demain matin
snooze-monday = Lundi matin
snooze-hours = Dans trois heures
snooze-at = À un autre moment
snooze-yes = Mettre en veille
snooze-now = Remettre maintenant
snooze-past = Ce moment est passé.
snooze-told = { $count ->
    [one] Revient { $when }
   *[other] { $count } messages reviennent { $when }
}
snooze-back = Remis à sa place
command-mute = Mettre en sourdine
command-unmute = Ne plus mettre en sourdine
command-rule = Créer une règle à partir de ce message…
command-compose-window = Nouveau message dans sa propre fenêtre
command-reply-window = Répondre dans une autre fenêtre
command-reply-all-window = Répondre à tous dans une autre fenêtre
command-forward-window = Transférer dans une autre fenêtre
picker-go = Aller à quelle boîte ?
picker-all-accounts = tous les comptes
triage-told-mute-on = { $count ->
    [one] Une conversation en sourdine : la suite sera lue et archivée
   *[other] { $count } conversations en sourdine : la suite sera lue et archivée
}
triage-told-mute-off = { $count ->
    [one] Une conversation n’est plus en sourdine
   *[other] { $count } conversations ne sont plus en sourdine
}
account-here = Sur cet ordinateur
