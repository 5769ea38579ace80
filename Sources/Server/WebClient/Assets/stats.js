// What getStats says, put into one row per remote track and one per sent layer.

/** Statistics of the remote tracks. `receiving`: `{ sid, mid, track }` entries, `report`: an RTCStatsReport. */
export function remoteStats(report, receiving) {
  const inbound = [...report.values()].filter(({ type }) => type === 'inbound-rtp');
  return receiving.flatMap(({ sid, mid, track }) => {
    const rows = inbound.filter((row) => row.trackIdentifier === track.id || (!row.trackIdentifier && row.mid === mid));
    // A section that was used before for another track may still have that one's row.
    const row = rows.sort((a, b) => (b.lastPacketReceivedTimestamp ?? 0) - (a.lastPacketReceivedTimestamp ?? 0))[0];
    return row ? [remoteRow(report, sid, track.kind, row)] : [];
  });
}

function remoteRow(report, sid, kind, row) {
  return {
    sid, kind, ssrc: row.ssrc, codec: codecName(report, row), timestamp: row.timestamp,
    packetsReceived: row.packetsReceived ?? 0, packetsLost: row.packetsLost ?? 0, bytesReceived: row.bytesReceived ?? 0,
    jitter: row.jitter, nackCount: row.nackCount ?? 0, pliCount: row.pliCount ?? 0,
    ...(kind === 'video' ? {
      framesDecoded: row.framesDecoded ?? 0, framesDropped: row.framesDropped ?? 0,
      framesPerSecond: row.framesPerSecond ?? 0, frameWidth: row.frameWidth ?? 0, frameHeight: row.frameHeight ?? 0,
      keyFramesDecoded: row.keyFramesDecoded ?? 0, freezeCount: row.freezeCount ?? 0,
      totalFreezesDuration: row.totalFreezesDuration ?? 0,
    } : {
      audioLevel: row.audioLevel ?? 0, totalAudioEnergy: row.totalAudioEnergy ?? 0,
      totalSamplesReceived: row.totalSamplesReceived ?? 0, concealedSamples: row.concealedSamples ?? 0,
    }),
  };
}

/** Statistics of what is sent, one row per layer. `publications`: those of LocalTracks. */
export function publisherStats(report, publications) {
  const rows = [...report.values()];
  return rows.filter(({ type }) => type === 'outbound-rtp').flatMap((row) => {
    const publication = publications.find(({ transceiver }) => transceiver && transceiver.mid === row.mid);
    if (!publication) return [];
    const remote = rows.find(({ type, ssrc }) => type === 'remote-inbound-rtp' && ssrc === row.ssrc);
    return [{
      sid: publication.sid, source: publication.source, kind: publication.kind, rid: row.rid ?? '',
      codec: codecName(report, row), active: row.active !== false, timestamp: row.timestamp,
      packetsSent: row.packetsSent ?? 0, bytesSent: row.bytesSent ?? 0,
      retransmittedPacketsSent: row.retransmittedPacketsSent ?? 0, framesEncoded: row.framesEncoded ?? 0,
      framesPerSecond: row.framesPerSecond ?? 0, frameWidth: row.frameWidth ?? 0, frameHeight: row.frameHeight ?? 0,
      targetBitrate: row.targetBitrate, qualityLimitationReason: row.qualityLimitationReason, scalabilityMode: row.scalabilityMode,
      packetsLost: remote?.packetsLost ?? 0, fractionLost: remote?.fractionLost, roundTripTime: remote?.roundTripTime,
    }];
  });
}

/** The pair of addresses that carries the media: `{ protocol, roundTripTime, availableOutgoingBitrate }`. */
export function pathStats(report) {
  const rows = [...report.values()];
  const transport = rows.find(({ type }) => type === 'transport');
  const pair = report.get(transport?.selectedCandidatePairId)
    ?? rows.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
  if (!pair) return undefined;
  return {
    protocol: report.get(pair.localCandidateId)?.protocol, roundTripTime: pair.currentRoundTripTime,
    availableOutgoingBitrate: pair.availableOutgoingBitrate,
  };
}

function codecName(report, row) {
  return report.get(row.codecId)?.mimeType?.split('/')[1] ?? '';
}

/** Turns two readings of growing counters into rates: bit/s and the share of packets lost since the last reading. */
export class RateMeter {
  #before = new Map();

  /** `row` has a timestamp in milliseconds and the counters of remoteStats or publisherStats. */
  measure(key, row) {
    const now = {
      timestamp: row.timestamp, bytes: row.bytesReceived ?? row.bytesSent,
      packets: row.packetsReceived ?? row.packetsSent, lost: row.packetsLost,
    };
    const before = this.#before.get(key);
    this.#before.set(key, now);
    if (!before || now.timestamp <= before.timestamp || now.bytes < before.bytes) return undefined;
    const lost = Math.max(0, now.lost - before.lost);
    // Sent packets include the lost ones, received packets do not.
    const total = now.packets - before.packets + (row.packetsReceived === undefined ? 0 : lost);
    return {
      bitrate: (now.bytes - before.bytes) * 8000 / (now.timestamp - before.timestamp),
      lossShare: total > 0 ? Math.min(1, lost / total) : 0,
    };
  }
}
