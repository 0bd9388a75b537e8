setup-title = Ajouter un compte
setup-address-title = Quelle adresse électronique ?
setup-address = Adresse électronique
setup-address-wrong = Ce n’est pas une adresse : il y faut un nom, un @ et un domaine, comme dans jeanne@example.org.
setup-your-name = Votre nom
setup-your-name-hint = Ce que les autres voient à côté de votre adresse.
setup-find = Trouver ses serveurs
setup-by-hand = Remplir à la main
setup-cancel = Annuler
setup-continue = Continuer
setup-back = Retour
setup-again = Réessayer
setup-needed = C’est nécessaire.
setup-looking = Recherche des serveurs de { $address }…
setup-looking-hint = Cela prend une demi-minute au plus. Aucun mot de passe n’est envoyé.
setup-found-title = Trouvé : { $who }
setup-receiving = Réception
setup-sending = Envoi
setup-server = { $protocol ->
    [SMTP] SMTP sur { $host }
    [IMAP] IMAP sur { $host }
    [POP3] POP3 sur { $host }
   *[other] { $host }
  }, port { $port }, { $tls ->
    [none] non chiffré
    [starttls] chiffré (STARTTLS)
   *[other] chiffré (TLS)
  }
setup-kind = { $protocol ->
    [pop3] Le courrier est relevé ; il n’a pas de dossiers sur le serveur.
    [imap] Le courrier et les dossiers restent sur le serveur, les mêmes sur chaque appareil.
   *[other] { "" }
  }
setup-from = { $step ->
    [table] Connu de Facteur.
    [mx] Connu de Facteur, par les serveurs du domaine.
    [autoconfig] Le fournisseur le dit.
    [database] La base de Mozilla le dit.
    [srv] Les serveurs de noms du domaine le disent.
   *[other] Une supposition qui a répondu.
  }
setup-no-sending = Aucun serveur d’envoi n’a été trouvé : le compte ne fait que recevoir. Remplissez-le à la main s’il y en a un.
setup-ways = { $ways ->
    [both] On s’y connecte avec un mot de passe, ou par consentement sur la page du fournisseur.
    [oauth] On s’y connecte par consentement sur la page du fournisseur.
   *[other] On s’y connecte avec un mot de passe.
  }
setup-needs = Ce que veut { $provider } :
setup-needs-page = { $kind ->
    [appPassword] Comment faire un mot de passe d’application
    [switch] Comment l’activer
    [bridge] À propos de ce programme
   *[other] En savoir plus
  }
setup-needs-help = La page du fournisseur sur les programmes de courrier
setup-user = Nom d’utilisateur
setup-user-hint = Souvent l’adresse, ou ce qui précède le @.
setup-user-missing = Le nom d’utilisateur ne se déduit pas de l’adresse : tapez-le.
setup-agree = Oui, mon mot de passe peut être envoyé à { $host }
setup-agree-hint = Les serveurs de noms disent que le courrier est là, en dehors de { $domain }. Une telle réponse peut être falsifiée : n’acceptez que si vous connaissez ce nom.
setup-agree-missing = Acceptez, ou remplissez un autre serveur à la main.
setup-by-hand-title = Les serveurs de { $address }
setup-nothing-found = Aucun serveur de { $domain } n’a été trouvé. L’aide de votre fournisseur dit quoi mettre ici.
setup-where-looked = Où l’on a cherché
setup-protocol = Protocole
setup-host = Serveur
setup-host-wrong = Tapez le nom du serveur, par exemple imap.example.org.
setup-tls = Chiffrement
setup-tls-kind = { $tls ->
    [none] aucun
    [starttls] STARTTLS
   *[other] TLS dès le début
  }
setup-tls-none = Sans chiffrement, tout le monde en chemin lit le mot de passe. Seulement pour un serveur de cet ordinateur.
setup-port = Port
setup-port-wrong = Un nombre de 1 à 65535.
setup-has-sending = Ce compte envoie aussi
setup-sign-in-title = Se connecter en tant que { $address }
setup-by = Comment se connecter
setup-by-password = Avec un mot de passe
setup-by-password-refused = Ce fournisseur n’en accepte pas, pour autant qu’on sache.
setup-by-oauth = Par consentement sur la page du fournisseur (OAuth)
setup-by-oauth-hint = Facteur ne voit jamais votre mot de passe.
setup-password = Mot de passe
setup-password-hint = Il est gardé sur l’ordinateur où tourne Facteur, et n’est envoyé qu’à ces serveurs.
setup-password-missing = Tapez le mot de passe.
setup-oauth = Consentement
setup-oauth-provider = Fournisseur
setup-oauth-other = un autre : ses adresses sont
setup-oauth-authorizationEndpoint = Adresse de la page de consentement
setup-oauth-tokenEndpoint = Adresse des jetons
setup-oauth-deviceEndpoint = Adresse des codes d’appareils (s’il y en a une)
setup-oauth-issuer = Émetteur (si connu)
setup-oauth-scope = Étendue (si nécessaire)
setup-client-id = Identifiant du client
setup-client-id-hint = Le fournisseur reconnaît les programmes par lui : faites-en enregistrer un comme application « de bureau ».
setup-client-secret = Secret du client
setup-client-secret-hint = S’il y en a un pour cet identifiant.
setup-more = Autres réglages
setup-account-name = Nom du compte
setup-account-name-hint = Comment il s’appelle ici.
setup-keep = Gardé sur cet ordinateur
setup-keep-hint = Les messages plus anciens sont cherchés quand vous les ouvrez.
setup-keep-kind = { $keep ->
    [all] tout
    [365] les messages de la dernière année
    [90] les messages des 90 derniers jours
    [30] les messages des 30 derniers jours
   *[other] seulement la liste des messages
  }
setup-leave = Copies sur le serveur
setup-leave-hint = Combien de temps le courrier y reste après avoir été relevé, pour que d’autres programmes le trouvent.
setup-leave-kind = { $leave ->
    [all] restent pour toujours
    [none] sont supprimées aussitôt
   *[other] restent { $leave } jours
  }
setup-sending-password = Mot de passe pour l’envoi
setup-sending-password-hint = Seulement si c’en est un autre.
setup-try = Se connecter
setup-ask-consent = Demander le consentement
setup-checking = Connexion à { $host }…
setup-no-sending-title = La réception marche ; l’envoi pas encore
setup-correct = Corriger les serveurs
setup-without-sending = Ajouter sans l’envoi
consent-title = Consentement pour { $address }
consent-asking = Demande au fournisseur…
consent-how = { $by ->
    [device] Ouvrez cette page sur un appareil quelconque, et tapez-y ce code :
   *[other] Ouvrez la page du fournisseur et donnez-y votre accord. Le navigateur doit être sur l’ordinateur où tourne Facteur.
  }
consent-open = Ouvrir la page du fournisseur
consent-waiting = En attente de votre réponse là-bas…
consent-other = { $by ->
    [device] Utiliser un code sur un autre appareil
   *[other] Utiliser un navigateur sur l’ordinateur de Facteur
  }
setup-done-title = { $name } a été ajouté
setup-stage = { $stage ->
    [comes] Votre courrier arrive, le plus récent d’abord.
    [here] Tout votre courrier est là.
    [kept] Votre courrier est là, autant que vous avez choisi d’en garder.
   *[begins] Connexion au serveur…
  }
setup-count = { $done } messages sur { $total }
setup-progress = Messages reçus
setup-mailboxes = Boîtes
setup-inbox-messages = Messages dans la boîte de réception
setup-news = Nouveau courrier
setup-news-kind = { $push ->
    [true] le serveur l’annonce aussitôt
   *[other] est demandé de temps en temps
  }
setup-rest-hint = Vous pouvez commencer à lire ; le reste arrive en arrière-plan, même quand cette page est fermée.
setup-to-inbox = À la boîte de réception
setup-another = Ajouter un autre compte
setup-to-accounts = Comptes
setup-unnamed = Le compte est ajouté, mais votre nom n’a pas pu être enregistré. Vous pouvez l’indiquer dans Réglages, Identités et signatures.
