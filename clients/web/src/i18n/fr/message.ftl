message-frame = Texte du message
message-link-ask = Ce lien n’est pas ce qu’il semble être
message-link-otherSite = Son texte nomme { $shown }, mais il mène à { $real }.
message-link-lookAlike = Le nom { $shown } est écrit avec des lettres qui ressemblent à d’autres. Pour l’ordinateur, c’est { $real }.
message-link-userInfo = Ce qui précède le @ n’est pas sa destination : il ne mène pas à { $shown }, mais à { $real }.
message-link-stay = Ne pas ouvrir
message-link-follow = Ouvrir { $real }
