/** How the owner's messages look. */
export const ownMessages = {
  'messages.title': 'Messages from us',
  'messages.lead': 'How you know that a message is ours, and in which time it is written.',
  'messages.row': 'Messages from us',
  'messages.row_on': 'Your phrase stands in each of our emails',
  'messages.row_off': 'Set a phrase, so that you know our emails from forged ones',
  'messages.reason': 'To change how your messages look',
  'messages.saved': 'Saved.',
  'messages.confirmed': 'It’s you. Now enter it.',
  'messages.phrase': 'Anti-phishing phrase',
  'messages.phrase_none':
    'Choose some words. From then on they stand at the top of each email that we send you. An email without them isn’t from us.',
  'messages.phrase_set': 'Your phrase is set. It is shown on no page: you see it in our emails.',
  'messages.phrase_new': 'Your phrase',
  'messages.phrase_change': 'A new phrase',
  'messages.phrase_hint': 'Up to 32 characters. Not a password of yours, and nothing that others know you say.',
  'messages.phrase_bad': 'Between 1 and 32 characters that can be seen.',
  'messages.phrase_remove': 'Remove the phrase',
  'messages.zone': 'Time zone',
  'messages.zone_label': 'Times in our emails and text messages are written in',
} as const
