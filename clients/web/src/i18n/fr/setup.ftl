setup-title = Ajouter un compte
signin-title = Se connecter
