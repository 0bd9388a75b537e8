statistics-title = Your mailbox in figures
