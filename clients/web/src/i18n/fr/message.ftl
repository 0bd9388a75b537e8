message-frame = Texte du message
message-link-ask = Ce lien n’est pas ce qu’il semble être
message-link-otherSite = Son texte nomme { $shown }, mais il mène à { $real }.
message-link-lookAlike = Le nom { $shown } est écrit avec des lettres qui ressemblent à d’autres. Pour l’ordinateur, c’est { $real }.
message-link-userInfo = Ce qui précède le @ n’est pas sa destination : il ne mène pas à { $shown }, mais à { $real }.
message-link-stay = Ne pas ouvrir
message-link-follow = Ouvrir { $real }

message-attachments = { $count ->
    [one] { $count } pièce jointe
   *[other] { $count } pièces jointes
  }
message-attachments-save = Tout enregistrer en .zip
message-attachments-name = pièces jointes
message-attachment-unnamed = pièce jointe { $number }
message-attachment-about = { $kind }, { $size }
message-attachment-show = Afficher { $name }
message-attachment-save = Enregistrer { $name }
message-attachment-progress = { $done } sur { $total }
message-attachment-cancel = Annuler
message-attachment-failed = Impossible de la récupérer : { $why }
message-attachment-too-large = Elles sont trop volumineuses pour un seul .zip : sa limite est de 4 Go. Enregistrez-les une par une.
message-kind-picture = Image
message-kind-pdf = PDF
message-kind-document = Document
message-kind-sheet = Feuille de calcul
message-kind-slides = Présentation
message-kind-text = Texte
message-kind-page = Page web : ouverte, elle peut charger et faire des choses
message-kind-archive = Archive
message-kind-audio = Son
message-kind-video = Vidéo
message-kind-calendar = Agenda
message-kind-contact = Contact
message-kind-message = Message
message-kind-program = Programme : ouvert, il peut tout faire
message-kind-other = Fichier
message-preview-coming = Récupération…
message-preview-unreadable = Impossible de la lire comme un message.
message-preview-no-picture = Elle dit être une image, mais n’est d’aucun type affiché ici. Elle peut être enregistrée.
message-preview-cut = Ceci est son début. Enregistrez-la pour la voir en entier.
message-field-from = De
message-field-to = À
message-field-cc = Cc
message-field-date = Date
message-field-subject = Objet
message-quote-show = Afficher le texte cité
message-quote-hide = Masquer le texte cité
message-field-attachments = Pièces jointes

message-source = Source du message
message-source-headers = Tous les en-têtes
message-source-raw = Source
message-source-save = Enregistrer en .eml
message-source-cut = Ce sont les { $size } du début, sur { $total }. Enregistrez-le pour le voir en entier.

message-warning-disowned = { $by } a vérifié la provenance : ce message ne vient pas de { $domain }, dont le propriétaire demande de refuser de tels messages.
message-warning-unverified = { $by } n’a pas pu vérifier que ce message vient de { $domain }.
message-warning-namedOther = L’expéditeur se nomme { $shown }, mais son adresse est { $real }.
message-warning-lookAlike = Le domaine { $shown } de l’expéditeur est écrit avec des lettres qui ressemblent à d’autres. Pour l’ordinateur, c’est { $real }.
message-warning-nearOurs = Le domaine { $shown } de l’expéditeur ressemble à { $ours }, mais c’en est un autre.
message-warning-knownName = Vous connaissez { $name } sous l’adresse { $known }. Ce message vient de { $real }.
message-warning-replyElsewhere = Les réponses ne vont pas à { $from }, mais à { $to }.
message-empty = Il n’a pas de texte.
message-cut = Il est plus long que ce qui est affiché ici. Sa source le contient en entier.
message-remote-noProxy = Ce pont ne charge pas d’images d’ailleurs (il a été lancé avec --no-proxy-images).
message-remote-failed = Les images d’ailleurs n’ont pas pu être chargées. Réessayez dans un moment.
