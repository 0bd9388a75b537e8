signin-title = Ouvrir votre boîte aux lettres
signin-how = Facteur tourne sur un de vos ordinateurs. Un code de cet ordinateur l’ouvre ici :
signin-here = Sur cet ordinateur même, ceci ouvre la page et vous identifie :
signin-elsewhere = Pour un téléphone ou un autre ordinateur, ceci montre un code :
signin-code = Code ou jeton
signin-code-hint = Trois groupes de quatre lettres et chiffres, valables une fois et cinq minutes ; ou un jeton qui commence par facteur_.
signin-missing = Tapez d’abord le code.
signin-enter = Se connecter
signin-trying = Essai en cours …
signin-refused = Cela n’a pas été accepté.
    .advice = Le code a peut-être déjà servi ou plus de cinq minutes, ou le jeton a été révoqué. Demandez un nouveau code et tapez-le ici.
signin-unreachable = Facteur ne répond pas.
    .advice = Vérifiez que facteur-bridge tourne et que cet appareil est en ligne. Cette page réessaie d’elle-même.

trouble-auth = Le serveur a refusé le nom d’utilisateur ou le mot de passe.
    .advice = Retapez le mot de passe. Certains fournisseurs veulent un mot de passe fait pour ce seul programme (mot de passe d’application).
trouble-dns = Le nom du serveur est inconnu.
    .advice = Cherchez une faute de frappe ; s’il est juste, vérifiez que cet ordinateur est en ligne.
trouble-tls = Aucun chiffrement digne de confiance n’a pu être établi.
    .advice = Rien n’a été envoyé. Un autre chiffrement ou un autre port convient peut-être.
trouble-certificate = Le serveur n’a pas pu prouver son identité.
    .advice = Rien n’a été envoyé. Si vous n’en connaissez pas la raison, quelqu’un s’interpose peut-être : n’allez pas plus loin.
trouble-certificate-changed = Le serveur montre un autre certificat que celui auquel vous faisiez confiance.
    .advice = Rien n’a été envoyé. Demandez à ceux qui gèrent le serveur s’ils l’ont changé avant de l’accepter.
trouble-network = Le serveur est injoignable ou a coupé la connexion.
    .advice = Vérifiez son nom, son port et que cet ordinateur est en ligne ; puis réessayez.
trouble-timeout = Le serveur n’a pas répondu à temps.
    .advice = Réessayez plus tard ; un mauvais port en est aussi souvent la raison.
trouble-server = Le serveur a refusé.
    .advice = Ses mots sont ci-dessous ; réessayez plus tard s’il s’agit de quelque chose de passager.
trouble-protocol = La réponse du serveur n’a pas de sens.
    .advice = C’est peut-être un serveur d’un autre genre : vérifiez le port et le protocole.
trouble-serverUnavailable = Ce qu’il faut pour cela est injoignable pour l’instant.
    .advice = Réessayez dans un moment.
trouble-userAction = Il y a d’abord quelque chose à faire.
    .advice = Ce que c’est se trouve ci-dessous.
trouble-busy = Une opération semblable est en cours.
    .advice = Attendez qu’elle soit terminée, et réessayez.
trouble-limit = Trop d’essais, ou trop à la fois.
    .advice = Attendez un moment, et réessayez.
trouble-diskFull = Il n’y a plus de place sur le disque.
    .advice = Faites de la place sur l’ordinateur où tourne Facteur.
trouble-forbidden = Cet appareil n’en a pas le droit.
    .advice = Utilisez l’ordinateur où tourne Facteur, ou associez cet appareil avec plus de droits.
trouble-lost = Facteur ne répond pas.
    .advice = Vérifiez qu’il tourne encore et que cet appareil est en ligne, et réessayez.
trouble-cancelled = C’est abandonné.
    .advice = Recommencez quand vous voulez.
trouble-other = Quelque chose n’a pas marché.
trouble-server-says = Le serveur dit : { $words }

certificate-server = Serveur
certificate-reason = Pourquoi on ne le croit pas
certificate-subject = Certificat de
certificate-hosts = Pour
certificate-issuer = Délivré par
certificate-valid = Validité
certificate-fingerprint = Empreinte (SHA-256)
certificate-trusted = Accepté jusqu’ici
certificate-compare = Seulement si ceux qui gèrent le serveur confirment que c’est son empreinte, on peut l’accepter, elle seule.
certificate-trust = Accepter ce certificat

page-back = Retour
setup-title = Ajouter un compte
setup-address-title = Quelle adresse électronique ?
setup-address = Adresse électronique
setup-address-wrong = Ce n’est pas une adresse : il y faut un nom, un @ et un domaine.
setup-your-name = Votre nom
setup-your-name-hint = Ce que les autres voient à côté de votre adresse.
setup-find = Trouver ses serveurs
setup-by-hand = Remplir à la main
setup-cancel = Annuler
setup-continue = Continuer
setup-back = Retour
setup-again = Réessayer
setup-needed = C’est nécessaire.
setup-looking = Recherche des serveurs de { $address } …
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
setup-checking = Connexion à { $host } …
setup-no-sending-title = La réception marche ; l’envoi pas encore
setup-correct = Corriger les serveurs
setup-without-sending = Ajouter sans l’envoi
consent-title = Consentement pour { $address }
consent-asking = Demande au fournisseur …
consent-how = { $by ->
    [device] Ouvrez cette page sur un appareil quelconque, et tapez-y ce code :
   *[other] Ouvrez la page du fournisseur et donnez-y votre accord. Le navigateur doit être sur l’ordinateur où tourne Facteur.
  }
consent-open = Ouvrir la page du fournisseur
consent-waiting = En attente de votre réponse là-bas …
consent-other = { $by ->
    [device] Utiliser un code sur un autre appareil
   *[other] Utiliser un navigateur sur l’ordinateur de Facteur
  }
setup-done-title = { $name } est là
setup-phase = { $phase ->
    [connecting] Connexion …
    [syncing] Votre courrier arrive, le plus récent d’abord.
    [waiting] Un nouvel essai aura lieu dans un moment.
    [failed] C’est arrêté : il y a d’abord quelque chose à faire.
   *[other] Sur le point de commencer …
  }
setup-all-here = Tout votre courrier est là.
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

account-local = Sur cet ordinateur seulement.
account-syncing = Réception : { $mailbox }
account-syncing-count = Réception de { $mailbox } : { $done } messages sur { $total }
account-watching = { $news ->
    [notify] En contact : le serveur annonce les nouveautés de chaque boîte.
    [idle] En contact : le serveur annonce celles de la boîte de réception ; le reste lui est demandé.
   *[other] En contact : les nouveautés sont demandées de temps en temps.
  }
account-waiting = { $for ->
    [network] Attend le réseau.
    [server] Attend : le serveur n’a pas de place pour l’instant.
    [user] Vous attend : il y a d’abord quelque chose à faire.
   *[other] Attend pour réessayer.
  }
account-phase = { $phase ->
    [idle] Regarde de nouveau plus tard.
    [connecting] Connexion …
    [disabled] Désactivé.
   *[other] Arrêté : il y a d’abord quelque chose à faire.
  }
account-connected = Connecté en ce moment.
account-last-touch = Dernier contact { $when }.
account-never = Pas encore de contact.

status-well = À jour
status-none = Pas encore de compte
status-lost = Facteur ne répond pas (depuis { $since })
status-offline = Cet appareil est hors ligne (depuis { $since })
status-failed = { $count ->
    [1] { $name } a besoin de vous
   *[other] { $count } comptes ont besoin de vous
  }
status-waiting = { $count ->
    [1] { $name } n’est pas joignable
   *[other] { $count } comptes ne sont pas joignables
  }
status-notices = { $count ->
    [1] Un avis
   *[other] { $count } avis
  }
status-busy = Réception de { $name } …
status-busy-count = { $name } : { $done } sur { $total }
status-pending = { $count ->
    [1] 1 changement attend le serveur
   *[other] { $count } changements attendent le serveur
  }
status-outbox = { $count ->
    [1] 1 message attend d’être envoyé
   *[other] { $count } messages attendent d’être envoyés
  }
status-details = Les comptes et leur état
status-sync = Relever le courrier
status-accounts = Comptes
