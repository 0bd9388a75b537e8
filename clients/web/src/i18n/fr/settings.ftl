settings-title = Réglages
settings-sections = Parties des réglages
settings-accounts = Comptes
settings-identities = Identités et signatures
settings-vacation = Absence
settings-devices = Appareils
settings-appearance = Apparence
settings-reading = Lecture et balayage
settings-writing = Rédaction
settings-keys = Clavier
settings-saved = Enregistré.
settings-saving = Enregistrement…
settings-save = Enregistrer
settings-rename = Renommer
settings-loading = Chargement…
settings-this-screen = Ils ne valent que pour ce navigateur.
settings-language = Langue
settings-language-system = celle du navigateur
settings-theme = Couleurs
settings-theme-kind = { $kind ->
    [light] claires
    [dark] sombres
   *[system] celles du système
  }
settings-layout = Liste des messages
settings-layout-kind = { $kind ->
    [cards] des cartes de deux ou trois lignes
   *[table] un tableau, une ligne chacun
  }
settings-density = Densité
settings-density-kind = { $kind ->
    [compact] serrée
    [normal] normale
   *[relaxed] aérée
  }
settings-pane = Le message ouvert
settings-pane-kind = { $kind ->
    [right] à côté de la liste
    [below] sous la liste
   *[none] à la place de la liste
  }
settings-conversations = Montrer les conversations
settings-conversations-hint = Les messages qui vont ensemble font une seule ligne.
settings-mark = Un message ouvert passe pour lu
settings-mark-kind = { $seconds ->
    [0] aussitôt
    [-1] seulement quand je le marque
    [1] après une seconde
   *[other] après { $seconds } secondes
  }
settings-pictures = Images venant d’internet
settings-pictures-hint = Elles ne sont chargées d’elles-mêmes que dans les messages de ces expéditeurs. Un message propose d’ajouter le sien.
settings-pictures-none = De personne encore.
settings-pictures-remove = Plus d’images de { $address }
settings-swipes = Balayer un message de la liste
settings-swipeEnd = Vers la fin de la ligne
settings-swipeStart = Vers son début
settings-swipe-kind = { $kind ->
    [archive] archive
    [trash] supprime
    [seen] marque comme lu ou non lu
    [flagged] marque d’une étoile
    [junk] marque comme indésirable
    [move] déplace
   *[none] ne fait rien
  }
settings-undo-send = L’envoi peut être annulé pendant
settings-undo-send-hint = Le message attend ce temps avant de partir, même quand cette page est fermée.
settings-undo-send-kind = { $seconds ->
    [0] aucun temps
   *[other] { $seconds } secondes
  }
settings-compose = Nouveaux messages
settings-compose-kind = { $kind ->
    [rich] avec mise en forme
   *[plain] texte simple
  }
settings-keys-preset = Touches
settings-keys-kind = { $kind ->
    [facteur] celles de Facteur
    [gmail] comme dans Gmail
    [thunderbird] comme dans Thunderbird
    [mutt] comme dans mutt
   *[none] aucune : pas de touches seules
  }

accounts-none = Il n’y a pas encore de compte.
accounts-all = Tous les comptes
account-next-try = Nouvel essai { $when }.
account-quota = { $used } sur { $limit } au serveur
account-notices = Avis
account-dismiss = Écarter cet avis
account-dismiss-all = Écarter tous les avis
account-open = Réglages de { $name }
account-sync = Relever le courrier
account-enable = Activer
account-disable = Désactiver
account-up = Monter { $name }
account-down = Descendre { $name }
account-sign-in-again = Se reconnecter
account-password-hint = Il est essayé auprès du serveur avant d’être enregistré.
account-servers = Serveurs
account-try-and-save = Essayer et enregistrer
account-remove = Retirer le compte
account-remove-title = Retirer { $name } ?
account-remove-text = Son courrier disparaît de l’ordinateur où tourne Facteur. Sur le serveur rien ne change.
consent-given = Le consentement est renouvelé.
unlock-title = Les mots de passe sont verrouillés
unlock-passphrase = Phrase secrète
unlock-hint = Tant qu’ils le sont, aucun compte ne peut se connecter.
unlock = Déverrouiller

identities-all = Toutes les identités
identity-new = Nouvelle identité
identity-add = Ajouter une identité
identity-address-hint = Une de vos adresses, sous laquelle ce compte peut envoyer ; *@example.org pour toutes celles d’un domaine.
identity-reply-to = Les réponses vont à
identity-reply-to-hint = Vide : à l’adresse même.
identity-bcc = Copie cachée de tout à
identity-bcc-hint = Vide : à personne.
identity-signature = Signature
identity-signature-hint = Se place sous votre texte, après une ligne « -- ».
identity-html = Signature avec mise en forme
identity-html-source = Source HTML
identity-html-hint = Pour les messages mis en forme ; vide, c’est celle d’au-dessus qui sert.
identity-has = { $signature ->
    [html] signature en HTML
    [text] signature
   *[none] pas de signature
  }
identity-remove = Retirer l’identité
identity-remove-title = Retirer { $address } ?
identity-remove-text = Les messages envoyés avec elle restent.

vacation-account = Compte
vacation-no-transport = Ce compte n’a pas de serveur d’envoi : il ne peut rien répondre.
vacation-on = Répondre de lui-même au nouveau courrier
vacation-on-hint = À chaque expéditeur une fois de temps en temps ; ni aux listes, ni aux programmes.
vacation-from = Du
vacation-to = Au
vacation-backwards = La fin précède le début.
vacation-subject = Objet
vacation-subject-hint = Vide : « Auto: » et l’objet du message.
vacation-text = Réponse
vacation-html = Un autre programme a aussi écrit la réponse en HTML. Si vous enregistrez, seul ce texte est envoyé.
vacation-days = Le même expéditeur reçoit une nouvelle réponse
vacation-days-kind = { $days ->
    [1] après un jour
   *[other] après { $days } jours
  }

devices-hint = Chaque appareil et chaque programme qui entre a un jeton à lui. Révoqué, il est dehors aussitôt.
device-this = ce navigateur
device-scope = { $scope ->
    [read] lit
    [triage] trie et supprime
    [draft] écrit
    [send] envoie
   *[admin] administre
  }
device-accounts = { $count ->
    [1] un compte
   *[other] { $count } comptes
  }
device-used = Utilisé { $when }, depuis { $from }.
device-never-used = Jamais utilisé ; fait { $when }.
device-expires = Se termine { $when }.
device-revoke = Révoquer
device-revoke-name = Révoquer { $name }
device-revoke-title = Révoquer { $name } ?
device-revoke-text = Il est déconnecté aussitôt, et ce qu’il a laissé entrer aussi.
device-revoke-this = C’est le navigateur que vous utilisez : vous serez déconnecté.
device-sign-out = Se déconnecter ici
device-pair = Associer un téléphone ou un autre ordinateur
device-loopback = Cette page est ouverte à une adresse que d’autres appareils n’atteignent pas. Sur cet ordinateur, « facteur bridge pair » montre un code QR avec une adresse qu’un téléphone peut ouvrir.
device-name = Nom de l’appareil
device-name-hint = Un nom différent pour chacun.
device-phone = téléphone
device-rights = Ce qu’il peut faire
device-rights-kind = { $rights ->
    [all] tout, les comptes et les appareils aussi
    [mail] lire, trier, écrire et envoyer
   *[read] seulement lire
  }
device-show-code = Montrer un code
device-code = Ce code vaut une fois, jusqu’à { $time } :
device-address = Ou ouvrez là-bas cette adresse :

settings-outbox = Boîte d’envoi
outbox-nothing = Rien n’attend d’être envoyé.
outbox-lately = Envoyés récemment
outbox-to = À { $to }
outbox-no-subject = (sans objet)
outbox-gone = Un message qui n’est plus là
outbox-delivered = { $how ->
    [yes] remis
    [no] non remis
    [shown] affiché
   *[unknown] inconnu
  }
outbox-forget = Retirer de cette liste
