statistics-title = Votre courrier en chiffres
