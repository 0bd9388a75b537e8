reader-name = Message
reader-nothing-open = Aucun message n’est ouvert.
reader-toolbar = Cette conversation
reader-loading = Chargement du message…
reader-message = De { $who }, { $when }
reader-count = { $count ->
    [one] un message
   *[other] { $count } messages
}
reader-to = à
reader-cc = cc
reader-bcc = cci
reader-details = Détails
reader-subject = Objet
reader-reply-to = Réponses à
reader-sent = Envoyé
reader-received = Reçu
reader-message-id = Message-ID
reader-size = Taille
reader-more = Plus
reader-no-source = Texte
reader-light = Sur fond clair
reader-dark = Sur fond sombre
reader-unflag = Ne plus suivre
reader-edit = Continuer à écrire
reader-fold = Replier
reader-gone = Ce message n’est plus là.
reader-problem = Le message ne peut pas être affiché : { $why }
reader-pictures = { $count ->
    [one] Une image de { $hosts } n’est pas chargée : l’expéditeur saurait que vous lisez ceci.
   *[other] { $count } images de { $hosts } ne sont pas chargées : l’expéditeur saurait que vous lisez ceci.
}
reader-pictures-once = Les charger
reader-pictures-always = Toujours de { $address }
reader-lost = { $count ->
    [one] Une image n’a pas pu être chargée : { $why }.
   *[other] { $count } images n’ont pas pu être chargées : { $why }.
}
reader-lost-some = { $why } ({ $count })
reader-lost-refused = adresse jamais interrogée, par exemple d’un réseau privé
reader-lost-kind = type d’image qui n’est pas affiché, comme SVG
reader-lost-large = taille excessive
reader-lost-late = pas de réponse du serveur à temps
reader-lost-failed = introuvable, ou serveur injoignable
reader-more-addresses = { $count ->
    [one] et un autre
   *[other] et { $count } autres
}
reader-partial = Seul l’en-tête de ce message est ici : le reste est demandé au serveur.
unsubscribe-menu = Se désabonner…
unsubscribe-title = Se désabonner de { $sender } ?
unsubscribe-one-click = Une requête est envoyée à { $host } ; l’expéditeur apprend que cette adresse est lue.
unsubscribe-yes = Se désabonner
unsubscribe-done = { $sender } a été informé que vous n’en voulez plus.
unsubscribe-page = La suite se passe sur une page de { $host }.
unsubscribe-open = Ouvrir la page
unsubscribe-no-way = L’expéditeur n’indique aucun moyen utilisable de se désabonner.
reader-plain = Afficher en texte brut
reader-html = Afficher avec sa mise en forme
reader-muted = Cette conversation est en sourdine : ce qui y arrive est marqué comme lu et archivé.
reader-labels = Étiquettes
reader-label-off = Retirer { $name }
reader-snoozed = Revient { $when }.
