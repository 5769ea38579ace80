// Every text of the page, in French and in English, and the choice between them.

const TABLE = {
  'app.tagline': ['Visioconférence', 'Video meetings'],
  'app.privacy': ['Cette page ne charge rien d’un service tiers.', 'This page loads nothing from a third party.'],
  'app.language': ['Langue', 'Language'],
  'app.theme': ['Thème clair ou sombre', 'Light or dark theme'],
  'app.help': ['Aide et raccourcis', 'Help and shortcuts'],
  'app.close': ['Fermer', 'Close'],
  'app.skip': ['Aller au contenu', 'Skip to content'],
  'lobby.title': ['Rejoindre une réunion', 'Join a meeting'],
  'lobby.name': ['Votre nom', 'Your name'],
  'lobby.nameHint': ['Il sera visible des autres participants.', 'The other participants will see it.'],
  'lobby.nameFixed': ['Votre jeton d’accès contient ce nom ; il ne peut pas être changé ici.', 'Your access token holds this name; it cannot be changed here.'],
  'lobby.room': ['Réunion', 'Meeting'],
  'lobby.roomHint': ['Le nom reçu avec l’invitation, ou un nouveau.', 'The name from your invitation, or a new one.'],
  'lobby.roomFixed': ['Votre jeton d’accès est pour cette réunion.', 'Your access token is for this meeting.'],
  'lobby.generate': ['Créer un nom', 'Create a name'],
  'lobby.devices': ['Appareils', 'Devices'],
  'lobby.microphone': ['Microphone', 'Microphone'],
  'lobby.camera': ['Caméra', 'Camera'],
  'lobby.speaker': ['Haut-parleur', 'Loudspeaker'],
  'lobby.preview': ['Aperçu', 'Preview'],
  'lobby.level': ['Niveau du microphone', 'Microphone level'],
  'lobby.levelHint': ['Parlez : la jauge doit bouger.', 'Say something: the bar should move.'],
  'lobby.cameraOff': ['Votre caméra est coupée', 'Your camera is off'],
  'lobby.listenOnly': ['Écoute seule : votre jeton d’accès ne permet ni micro, ni caméra, ni partage d’écran.', 'Listening only: your access token allows no mic, camera or screen share.'],
  'lobby.advanced': ['Réglages avancés', 'Advanced settings'],
  'lobby.codec': ['Codec vidéo', 'Video codec'],
  'lobby.codecUsual': ['Automatique (VP8)', 'Automatic (VP8)'],
  'lobby.codecHint': ['VP9 et AV1 demandent moins de débit et plus de calcul. Sans effet si le serveur ne les permet pas.', 'VP9 and AV1 need less bandwidth and more processor. No effect where the server does not allow them.'],
  'lobby.join': ['Rejoindre', 'Join'],
  'lobby.joining': ['Connexion…', 'Connecting…'],
  'lobby.nameMissing': ['Indiquez votre nom.', 'Enter your name.'],
  'lobby.roomMissing': ['Indiquez le nom de la réunion.', 'Enter the name of the meeting.'],
  'device.default': ['Appareil par défaut', 'Default device'],
  'device.both': ['{first} et {second}', '{first} and {second}'],
  'device.number': ['Appareil {number}', 'Device {number}'],
  'device.insecure': ['Cette adresse n’est pas sécurisée (https) : le navigateur n’y autorise ni caméra ni microphone. Vous pourrez voir et entendre.', 'This address is not secure (https): the browser allows no camera or microphone here. You can still see and hear.'],
  'device.denied': ['{device} : accès refusé. Autorisez-le dans les réglages du navigateur, à gauche de l’adresse.', '{device}: access denied. Allow it in the browser’s settings, left of the address.'],
  'device.missing': ['{device} : aucun appareil trouvé.', '{device}: no device found.'],
  'device.busy': ['{device} : utilisé par une autre application.', '{device}: in use by another application.'],
  'device.failed': ['{device} : ouverture impossible.', '{device}: could not be opened.'],
  'error.token': ['Cette réunion n’est ouverte qu’aux personnes invitées : utilisez le lien complet que vous avez reçu, il contient votre jeton d’accès.', 'This meeting is open to invited people only: use the complete link that you received, it holds your access token.'],
  'error.expired': ['Votre jeton d’accès a expiré : demandez une nouvelle invitation.', 'Your access token has expired: ask for a new invitation.'],
  'error.notYetValid': ['Votre jeton d’accès n’est pas encore valable : réessayez plus tard, ou vérifiez l’heure de cet appareil.', 'Your access token is not valid yet: try again later, or check the clock of this device.'],
  'error.otherRoom': ['Votre jeton d’accès est pour une autre réunion.', 'Your access token is for another meeting.'],
  'error.grant': ['Votre jeton d’accès ne permet pas de rejoindre une réunion : demandez-en un autre.', 'Your access token does not allow joining a meeting: ask for another one.'],
  'error.invitedOnly': ['Ce serveur n’est ouvert qu’aux personnes invitées : utilisez le lien complet que vous avez reçu, il contient votre jeton d’accès.', 'This server is open to invited people only: use the complete link that you received, it holds your access token.'],
  'error.noRoom': ['Cette réunion n’existe pas, ou elle est terminée.', 'This meeting does not exist, or it is over.'],
  'error.roomFull': ['La réunion est complète : {count} participants au plus.', 'The meeting is full: at most {count} participants.'],
  'error.serverFull': ['Le serveur est complet : réessayez plus tard.', 'The server is full: try again later.'],
  'error.restarting': ['Le serveur redémarre : réessayez dans quelques secondes.', 'The server is restarting: try again in a few seconds.'],
  'error.tooLong': ['Le nom, ou celui de la réunion, est trop long.', 'The name, or that of the meeting, is too long.'],
  'error.limit': ['Une limite du serveur est atteinte.', 'A limit of the server has been reached.'],
  'error.unsupported': ['Le serveur ne sait pas faire cela.', 'The server cannot do this.'],
  'error.request': ['Le serveur n’a pas accepté la demande.', 'The server did not accept the request.'],
  'error.unreachable': ['Le serveur ne répond pas. Vérifiez votre connexion, puis réessayez.', 'The server does not answer. Check your connection, then try again.'],
  'call.connecting': ['Connexion à la réunion…', 'Connecting to the meeting…'],
  'call.reconnecting': ['Connexion interrompue. Reconnexion en cours…', 'Connection interrupted. Reconnecting…'],
  'call.reconnected': ['Connexion rétablie.', 'Connection restored.'],
  'call.controls': ['Commandes de la réunion', 'Meeting controls'],
  'call.stage': ['Participants à l’écran', 'Participants on screen'],
  'call.mic': ['Micro', 'Mic'],
  'call.micMute': ['Couper le micro', 'Mute mic'],
  'call.micUnmute': ['Activer le micro', 'Unmute mic'],
  'call.camera': ['Caméra', 'Camera'],
  'call.cameraStop': ['Couper la caméra', 'Turn camera off'],
  'call.cameraStart': ['Activer la caméra', 'Turn camera on'],
  'call.share': ['Partager', 'Share'],
  'call.shareStart': ['Partager l’écran', 'Share screen'],
  'call.shareStop': ['Ne plus partager l’écran', 'Stop screen share'],
  'call.sharing': ['Vous partagez votre écran.', 'You are sharing your screen.'],
  'call.shareEnded': ['Le partage d’écran est terminé.', 'Screen sharing has ended.'],
  'call.chat': ['Discussion', 'Chat'],
  'call.people': ['Participants', 'People'],
  'call.stats': ['Mesures', 'Statistics'],
  'call.leave': ['Quitter', 'Leave'],
  'call.copyLink': ['Copier le lien', 'Copy link'],
  'call.linkCopied': ['Lien copié.', 'Link copied.'],
  'call.linkShown': ['Lien de la réunion : {link}', 'Meeting link: {link}'],
  'call.alone': ['Vous êtes seul dans la réunion. Envoyez le lien aux autres.', 'You are the only one here. Send the link to the others.'],
  'call.aloneInvited': ['Vous êtes seul pour l’instant. Chaque participant a besoin de sa propre invitation.', 'You are the only one for now. Every participant needs an invitation of their own.'],
  'call.listenOnly': ['Écoute seule', 'Listening only'],
  'call.nowListening': ['Vous ne pouvez plus qu’écouter.', 'You can now only listen.'],
  'call.nowSpeaking': ['Vous pouvez maintenant prendre part à la réunion.', 'You can now take part in the meeting.'],
  'call.micIsOn': ['Votre micro est activé.', 'Your mic is on.'],
  'call.micIsOff': ['Votre micro est coupé.', 'Your mic is off.'],
  'call.recording': ['Enregistrement en cours', 'Recording'],
  'call.one': ['1 participant', '1 participant'],
  'call.count': ['{count} participants', '{count} participants'],
  'call.more': ['+ {count} autres', '+ {count} more'],
  'call.sound': ['Le navigateur a bloqué le son.', 'The browser has blocked the sound.'],
  'call.soundStart': ['Activer le son', 'Turn sound on'],
  'call.mutedByServer': ['Un modérateur a coupé votre micro ou votre caméra.', 'A moderator has muted your mic or camera.'],
  'call.notAllowed': ['Vous n’êtes pas autorisé à publier cela dans cette réunion.', 'You are not allowed to publish this in this meeting.'],
  'call.publishFailed': ['Les autres ne peuvent pas le recevoir : la publication a échoué.', 'The others cannot receive it: publishing failed.'],
  'call.joined': ['{name} a rejoint la réunion.', '{name} joined.'],
  'call.left': ['{name} a quitté la réunion.', '{name} left.'],
  'call.shares': ['{name} partage son écran.', '{name} shares a screen.'],
  'call.sharesNoMore': ['{name} ne partage plus son écran.', '{name} no longer shares a screen.'],
  'call.mutes': ['{name} a coupé son micro.', '{name} muted.'],
  'call.unmutes': ['{name} a activé son micro.', '{name} unmuted.'],
  'tile.you': ['{name} (vous)', '{name} (you)'],
  'tile.screen': ['Écran de {name}', 'Screen of {name}'],
  'tile.muted': ['micro coupé', 'mic off'],
  'tile.speaking': ['parle', 'speaking'],
  'tile.paused': ['Image suspendue : débit insuffisant', 'Picture paused: not enough bandwidth'],
  'tile.lost': ['Connexion perdue', 'Connection lost'],
  'tile.pin': ['Agrandir : {name}', 'Enlarge: {name}'],
  'tile.unpin': ['Ne plus agrandir : {name}', 'Back to grid: {name}'],
  'tile.quality.0': ['connexion mauvaise', 'poor connection'],
  'tile.quality.1': ['connexion moyenne', 'fair connection'],
  'tile.quality.2': ['bonne connexion', 'good connection'],
  'tile.quality.3': ['connexion perdue', 'connection lost'],
  'stats.resolution': ['Image', 'Picture'],
  'stats.rate': ['Débit', 'Bitrate'],
  'stats.loss': ['Pertes', 'Loss'],
  'stats.codec': ['Codec', 'Codec'],
  'stats.audio': ['Son', 'Sound'],
  'stats.path': ['Trajet', 'Path'],
  'chat.title': ['Discussion', 'Chat'],
  'chat.placeholder': ['Écrire un message', 'Write a message'],
  'chat.send': ['Envoyer', 'Send'],
  'chat.empty': ['Aucun message pour l’instant. Les messages ne sont pas conservés après la réunion.', 'No message yet. Messages are not kept after the meeting.'],
  'chat.readOnly': ['Vous pouvez lire la discussion, pas y écrire.', 'You can read the chat, not write in it.'],
  'chat.received': ['Message de {name} : {text}', 'Message from {name}: {text}'],
  'chat.unread': ['{count} message(s) non lu(s)', '{count} unread message(s)'],
  'people.title': ['Participants', 'People'],
  'ended.left': ['Vous avez quitté la réunion.', 'You have left the meeting.'],
  'ended.removed': ['Un modérateur vous a retiré de la réunion.', 'A moderator removed you from the meeting.'],
  'ended.roomClosed': ['La réunion est terminée : elle a été fermée.', 'The meeting is over: it was closed.'],
  'ended.duplicate': ['Vous avez rejoint la réunion depuis un autre onglet ou appareil.', 'You joined the meeting from another tab or device.'],
  'ended.refused': ['L’accès à la réunion a été refusé.', 'Access to the meeting was refused.'],
  'ended.connectionLost': ['La connexion n’a pas pu être rétablie.', 'The connection could not be restored.'],
  'ended.unreachable': ['La connexion au serveur a échoué.', 'The connection to the server failed.'],
  'ended.closedByServer': ['Le serveur a mis fin à votre participation.', 'The server ended your participation.'],
  'ended.title': ['Fin de la réunion', 'Meeting ended'],
  'ended.rejoin': ['Rejoindre à nouveau', 'Join again'],
  'ended.home': ['Retour à l’accueil', 'Back to start'],
  'help.title': ['Aide et raccourcis clavier', 'Help and keyboard shortcuts'],
  'help.intro': ['Pendant la réunion, hors des champs de saisie :', 'During the meeting, outside text fields:'],
  'help.mic': ['couper ou activer le micro', 'mute or unmute the mic'],
  'help.camera': ['couper ou activer la caméra', 'turn the camera off or on'],
  'help.share': ['partager l’écran ou arrêter', 'share the screen or stop'],
  'help.chat': ['ouvrir ou fermer la discussion', 'open or close the chat'],
  'help.people': ['ouvrir ou fermer la liste des participants', 'open or close the list of people'],
  'help.stats': ['afficher ou masquer les mesures', 'show or hide the statistics'],
  'help.help': ['ouvrir cette aide', 'open this help'],
  'help.escape': ['fermer le panneau ou la fenêtre', 'close the panel or dialog'],
  'help.enabled': ['Raccourcis d’une seule touche actifs', 'Single-key shortcuts on'],
};

export const LANGUAGES = { fr: 'Français', en: 'English' };
const COLUMNS = Object.keys(LANGUAGES);

let language = 'fr';

export function setLanguage(code) {
  language = COLUMNS.includes(code) ? code : 'en';
}

export function currentLanguage() {
  return language;
}

/** French for those who prefer French to English, English for the others. */
export function preferredLanguage(languages) {
  return languages.map((code) => code.slice(0, 2).toLowerCase()).find((code) => COLUMNS.includes(code)) ?? 'en';
}

/** The text of `key`, with `{name}` replaced by `values.name`. */
export function text(key, values = {}) {
  const entry = TABLE[key];
  if (!entry) throw new Error(`no text ${key}`);
  return entry[COLUMNS.indexOf(language)].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export function hasText(key) {
  return key in TABLE;
}

/** For tests: the table itself. */
export { TABLE as texts };
