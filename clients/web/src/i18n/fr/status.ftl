signin-title = Ouvrir votre boîte aux lettres
signin-how = Facteur tourne sur un de vos ordinateurs. Un code de cet ordinateur l’ouvre ici :
signin-here = Sur cet ordinateur même, ceci ouvre la page et vous identifie :
signin-elsewhere = Pour un téléphone ou un autre ordinateur, ceci montre un code :
signin-code = Code ou jeton
signin-code-hint = Trois groupes de quatre lettres et chiffres, valables une fois et cinq minutes ; ou un jeton qui commence par facteur_.
signin-missing = Tapez d’abord le code.
signin-enter = Se connecter
signin-trying = Essai en cours…
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
trouble-notFound = Cela n’existe plus.
trouble-accountNotFound = Ce compte n’existe plus.
trouble-blobNotFound = Le fichier n’existe plus.
trouble-alreadyExists = Il en existe déjà un pareil.
trouble-stateMismatch = Cela a été modifié ailleurs entre-temps.
trouble-overQuota = Il n’y a plus de place pour cela.
trouble-tooLarge = C’est trop volumineux.
trouble-tooMany = Il y en a trop.
trouble-invalid = La demande n’a pas été acceptée.
trouble-serverFail = Une erreur s’est produite dans Facteur même.
trouble-corrupt = Des données de Facteur sont endommagées.
trouble-io = Un fichier de l’ordinateur où tourne Facteur n’a pas pu être utilisé.
trouble-unsupported = Cela n’est pas possible ici.
trouble-outcomeUnknown = On ne sait pas si cela a été fait.
trouble-cannotUnsend = Trop tard : le message est en route.
trouble-cannotUnsubscribe = On ne peut pas quitter cette liste par une simple demande.
trouble-mailboxHasChild = Elle contient d’autres boîtes.
trouble-mailboxHasEmail = Elle contient des messages.
trouble-forbiddenFrom = L’adresse de l’expéditeur n’appartient pas à cette identité.
trouble-forbiddenToSend = Ce compte ne peut pas envoyer.
trouble-invalidEmail = Le message ne peut pas être envoyé tel quel.
trouble-invalidRecipients = Certains destinataires ne sont pas des adresses.
trouble-noRecipients = Le message n’a pas de destinataire.
trouble-mdnAlreadySent = Un accusé de lecture a déjà été envoyé.
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
    [connecting] Connexion…
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
status-busy = Réception de { $name }…
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
status-add = Ajouter un compte
status-notice = { $type ->
    [moveRefused] Le serveur ne déplace pas ou ne copie pas des messages.
    [appendRefused] Le serveur ne conserve pas des messages.
    [deleteRefused] Le serveur ne supprime pas des messages.
    [notSent] Un message n’a pas été envoyé.
    [mailboxNotCreated] Le serveur ne crée pas une boîte.
    [mailboxNotRenamed] Le serveur ne renomme pas une boîte.
    [mailboxNotDestroyed] Le serveur ne supprime pas une boîte.
    [mailboxNotSubscribed] Le serveur ne modifie pas un abonnement.
    [mailboxesMissing] Le serveur n’annonce plus beaucoup de boîtes.
    [messageLeftOut] Le serveur ne donne pas un message.
    [consentExpired] L’autorisation d’utiliser ce compte a pris fin. Connectez-vous à nouveau.
    [oldTls] Ce compte utilise un chiffrement dépassé.
   *[other] Quelque chose à savoir.
  }
