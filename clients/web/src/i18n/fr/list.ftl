list-name = Messages
list-toolbar = Cette liste
list-waiting = Chargement…
list-unread = non lu
list-flagged = suivi
list-draft = brouillon
list-answered = répondu
list-has-attachment = avec pièce jointe
list-no-subject = (sans objet)
list-nobody = (personne)
list-to = à { $names }
list-only-unread = Seulement les non lus
list-selected = { $count ->
    [one] un sélectionné
   *[other] { $count } sélectionnés
}
list-all-selected = { $count ->
    [one] le seul sélectionné
   *[other] les { $count } sélectionnés
}
list-select-all = Sélectionner les { $count }
list-dragged = { $count ->
    [one] un message
   *[other] { $count } messages
}
list-bad-query = Cette recherche n’est pas comprise.
list-problem = La liste ne peut pas être affichée pour l’instant.
list-nothing-found = Rien n’a été trouvé.
list-nothing-unread = Tout est lu.
list-inbox-empty = La boîte de réception est vide.
list-empty = Il n’y a rien ici.
list-more-actions = Plus d’actions
list-talk = conversation de { $count } messages entre { $names }
list-swipe-unflag = Ne plus suivre
list-swipe-destroy = Supprimer définitivement
list-pull = Tirez encore pour relever le courrier
list-let-go = Lâchez pour relever le courrier
list-looking = Relève du courrier…
list-looked = Le courrier est relevé.
list-muted = en sourdine
list-labels = étiquettes : { $names }
list-too-many = On ne peut pas sélectionner autant de messages un à un : { $most } au plus. Sélectionnez-les tous, ou moins.
list-outgoing = { $state ->
    [asks] part quand vous le dites
    [held] part { $when }
    [failed] n’a pas été envoyé
    [uncertain] n’a peut-être pas été envoyé
   *[queued] n’est pas encore parti
}
list-snoozed = revient { $when }
