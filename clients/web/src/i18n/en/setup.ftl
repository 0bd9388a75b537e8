setup-title = Add an account
signin-title = Sign in
