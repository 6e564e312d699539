## tui/model

tui-model-nothing-here-asks-for-your = Rien ici n’attend votre confirmation.

## tui/screen

tui-screen-inbox = Réception
tui-screen-huddle = Caucus
tui-screen-say-enter-sends-esc-drops = Dire (Entrée envoie, Échap abandonne)
tui-screen-pgup-pgdn-end-scroll-s = ↑↓ PgPréc PgSuiv Fin défiler · s dire · a confirmer · Échap retour · h caucus
tui-screen-select-enter-open-tab-inbox = ↑↓ choisir · Entrée ouvrir · Tab réception/caucus · q quitter
tui-screen-you-no-case = Vous n’avez aucun dossier.
tui-screen-late = EN RETARD
tui-screen-do = à faire
tui-screen-acknowledge = à confirmer
tui-screen-unread = à lire
tui-screen-not-sent-yet = pas encore envoyés
tui-screen-sending-has-stopped = L’ENVOI EST ARRÊTÉ
tui-screen-nothing-waits = rien n’attend
tui-screen-nothing-open-any-case = Rien n’est en suspens dans aucun dossier.
tui-screen-sending-has-stopped-2 = !! L’ENVOI EST ARRÊTÉ
tui-screen-not-sent-yet-sent-when = pas encore envoyés; ils partiront dès que possible
