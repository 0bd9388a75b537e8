statistics-title = Votre courrier en chiffres
statistics-period = Période
statistics-period-kind = { $period ->
    [30] les 30 derniers jours
    [90] les 90 derniers jours
    [365] la dernière année
   *[all] depuis le début
  }
statistics-account = Compte
statistics-all-accounts = tous les comptes
statistics-counting = Comptage…
statistics-counted = { $count } messages
statistics-nothing = Pas de messages dans cette période.
statistics-unknown = Le Facteur qui tourne est plus ancien que cette page et ne compte pas encore. Redémarrez facteurd.
statistics-received = Reçus
statistics-sent = Envoyés
statistics-unread = Non lus
statistics-spam = Indésirables
statistics-size = Taille
statistics-senders = Expéditeurs
statistics-per = { $unit ->
    [day] Messages par jour
    [week] Messages par semaine
    [month] Messages par mois
   *[year] Messages par an
  }
statistics-click = Une colonne mène à ses messages.
statistics-table = En tableau
statistics-when = Quand
statistics-count = Nombre
statistics-hours = Quand les messages arrivent
statistics-hours-hint = Par jour et heure, { $zone }. Plus la couleur est vive, plus il y en a.
statistics-hour = { $day } { $time } : { $count }
statistics-by-sender = Qui écrit le plus
statistics-sender = Expéditeur
statistics-by-mailbox = Boîtes
statistics-mailbox = Boîte
statistics-spam-title = Indésirables
statistics-storage = Stockage
statistics-disk = Sur le disque : { $messages } de messages, { $database } d’index.
statistics-by-size = Messages par taille
statistics-below = moins de { $below }
statistics-from = { $from } et plus
statistics-between = { $from } à { $below }
statistics-no-spam = Aucun dans cette période.
