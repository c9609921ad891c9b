// Test tool: what a page sends to AudioContext.destination, read from there by an AnalyserNode.
// It loads nothing, so the page keeps its Content-Security-Policy. To be run before the page makes its sound.
(() => {
  const connect = AudioNode.prototype.connect;
  let analyser = null;

  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      analyser = new AnalyserNode(this.context, { fftSize: 32768 });
      connect.call(this, analyser);
    }
    return connect.call(this, target, ...rest);
  };

  // The newest 32768 samples, as `from_browser` in tests/e2e/sound.py reads them.
  window.__newestSound = () => {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return { rate: analyser.context.sampleRate, base64: btoa(text) };
  };
  return true;
})()
