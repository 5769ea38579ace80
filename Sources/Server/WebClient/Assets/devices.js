// Cameras, microphones, loudspeakers and the shared screen.

import { currentLanguage, text } from './strings.js';

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 30 } };

/** Whether the page may use devices at all: browsers allow it over HTTPS and on the own machine only. */
export function devicesAreAvailable() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

export async function openMicrophone(deviceId) {
  return (await open({ audio: { ...AUDIO, ...exactly(deviceId) } })).getAudioTracks()[0];
}

export async function openCamera(deviceId) {
  return (await open({ video: { ...VIDEO, ...exactly(deviceId) } })).getVideoTracks()[0];
}

/** The screen, window or tab that the user picks: `{ video, audio }`, audio being undefined without sound. */
export async function openScreen() {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: true });
  return { video: stream.getVideoTracks()[0], audio: stream.getAudioTracks()[0] };
}

export function canShareScreen() {
  return Boolean(navigator.mediaDevices?.getDisplayMedia);
}

async function open(constraints) {
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (error) {
    // A remembered device that was unplugged: any other one will do.
    if (error.name !== 'OverconstrainedError' && error.name !== 'NotFoundError') throw error;
    const { deviceId: _audio, ...audio } = constraints.audio ?? {};
    const { deviceId: _video, ...video } = constraints.video ?? {};
    return navigator.mediaDevices.getUserMedia(constraints.audio ? { audio } : { video });
  }
}

function exactly(deviceId) {
  return deviceId ? { deviceId: { exact: deviceId } } : {};
}

/** The devices by kind: `{ audioinput, videoinput, audiooutput }`. */
export async function listDevices() {
  const lists = { audioinput: [], videoinput: [], audiooutput: [] };
  const devices = await navigator.mediaDevices?.enumerateDevices?.() ?? [];
  for (const device of devices) {
    if (device.deviceId) lists[device.kind]?.push(device);
  }
  return lists;
}

/** The key of the text that explains why a device could not be opened. */
export function deviceProblem(error) {
  switch (error?.name) {
    case 'NotAllowedError': case 'SecurityError': return 'device.denied';
    case 'NotFoundError': case 'OverconstrainedError': return 'device.missing';
    case 'NotReadableError': case 'AbortError': return 'device.busy';
    default: return 'device.failed';
  }
}

/**
 * Why devices could not be opened: one text for each kind of problem, as `[key, values]`. `errors` is `{ audio, video }`:
 * what opening threw, or undefined.
 */
export function deviceProblems({ audio, video }) {
  const devices = new Map();
  for (const [error, label] of [[audio, 'lobby.microphone'], [video, 'lobby.camera']]) {
    if (!error) continue;
    const key = deviceProblem(error);
    devices.set(key, [...(devices.get(key) ?? []), text(label)]);
  }
  return [...devices].map(([key, [first, second]]) => {
    const both = second && text('device.both', { first, second: second.toLocaleLowerCase(currentLanguage()) });
    return [key, { device: both ?? first }];
  });
}

/** Measures the loudness of a microphone, 0…1, and tells it about fifteen times a second until `stop`. */
export class LevelMeter {
  #context;
  #timer;

  constructor(track, onLevel) {
    this.#context = new AudioContext();
    this.#context.resume().catch(() => {});
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      shown = Math.max(loudness(samples), shown * 0.8);
      onLevel(shown);
    }, 66);
  }

  stop() {
    clearInterval(this.#timer);
    this.#context.close();
  }
}

/** The loudness of samples (-1…1) as 0…1: -60 dB of full scale and below is 0, full scale 1. */
export function loudness(samples) {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const decibels = 10 * Math.log10(energy / samples.length + 1e-12);
  return Math.min(1, Math.max(0, (decibels + 60) / 60));
}
