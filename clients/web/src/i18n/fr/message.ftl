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
message-kind-sheet = Tableur
message-kind-slides = Présentation
message-kind-text = Texte
message-kind-page = Page web : ouverte, elle peut charger et faire des choses
message-kind-archive = Archive
message-kind-audio = Son
message-kind-video = Film
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
