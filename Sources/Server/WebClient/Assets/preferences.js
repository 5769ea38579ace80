// What the page remembers on this machine: name, devices, language, theme. Nothing of it is sent anywhere by itself.

const PREFIX = 'relais.';

export function recall(key) {
  try {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key, value) {
  try {
    if (value) localStorage.setItem(PREFIX + key, value);
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // Storage may be forbidden: then nothing is remembered.
  }
}
