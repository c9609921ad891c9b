// The start watch: says why a page has not started, where its HTML alone can only say that it has not.
// It runs before Python and when Python never comes, so it is old plain JavaScript: older browsers run it too.
// In the HTML a note waits behind the start. It shows itself after some seconds, by assets/look.css; Python hides
// it; this script delays it while files arrive, and fills it with the cause in the page's language.
(function () {
  "use strict";
  var WORDS_MS = 5000; // a start that takes longer may have to be explained
  var QUIET_MS = 7000; // so long nothing has arrived: look for a file that will not
  var STILL_MS = 12000; // so long, and no file is to blame
  var HURRY = 0.4; // of both, after an error
  var PATIENCE_MS = 50000; // and even on a network that brings something now and then
  var PROBE_MS = 2500;
  var TICK_MS = 500;
  var BUSY_MS = 1500; // a tick that comes so late was held up by a start that is at work
  var NO_ANSWER = ["lost", "late"];
  var NEWER = "async () => { for await (const x of []); class A { #b = 1; c = this?.d; } let e; e ??= 1; }";

  var ownUrl = document.currentScript.src;
  var wordsUrl = ownUrl.replace(/pylib\/.*/, "assets/start-words.json");
  var begun = performance.now();
  var movedAt = begun;
  var tickedAt = begun;
  var probedAt = 0;
  var probed = {}; // when each file was first asked for here
  var arrived = 0;
  var erred = false;
  var probing = false;
  var words;
  var lacking = browserCause();
  var timer = setInterval(tick, TICK_MS);
  addEventListener("error", sawError, true); // of scripts that do not come or that throw
  addEventListener("unhandledrejection", sawError);

  function sawError(event) {
    var failed = event.target && event.target.tagName;
    if (!failed || failed === "SCRIPT") erred = true;
  }

  function tick() {
    var note = document.querySelector("[data-testid=start-note]");
    if (!note) return; // the HTML is still arriving
    if (note.className !== "start-note") return stop(); // Python came
    note.style.animationDelay = PATIENCE_MS + 5000 + "ms"; // from here on this script decides
    var now = performance.now();
    var files = entries().length;
    if (files > arrived || now - tickedAt > BUSY_MS) movedAt = now;
    arrived = files;
    tickedAt = now;
    if (now - begun > WORDS_MS && words === undefined) readWords();
    if (lacking) tell(lacking);
    else if (now - begun > PATIENCE_MS) tell("slow");
    else if (quietFor(QUIET_MS) && !probing && now - probedAt > PROBE_MS) probe();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    removeEventListener("error", sawError, true);
    removeEventListener("unhandledrejection", sawError);
  }

  function quietFor(ms) {
    return performance.now() - movedAt > (erred ? HURRY * ms : ms);
  }

  // What this browser lacks or forbids.
  function browserCause() {
    if (!("noModule" in document.createElement("script")) || !window.fetch) return "old";
    try {
      new Function(NEWER);
      new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    } catch (error) {
      return error instanceof SyntaxError ? "old" : "blocked";
    }
    return "";
  }

  // The files that came, or failed, for the start; not those that this script asks for.
  function entries() {
    var all = window.performance && performance.getEntriesByType ? performance.getEntriesByType("resource") : [];
    return all.filter(function (entry) {
      var ours = /fetch|xmlhttprequest/.test(entry.initiatorType) && entry.startTime >= probed[entry.name];
      return !ours && entry.name !== wordsUrl;
    });
  }

  // Every file of this site that the page names or has asked for.
  function startFiles() {
    var found = [];
    var named = document.querySelectorAll("link[rel=stylesheet], link[rel=preload], link[rel=modulepreload], script");
    function add(address) {
      var url = address && new URL(address, location.href);
      if (url && url.origin === location.origin && found.indexOf(url.href) < 0) found.push(url.href);
    }
    for (var i = 0; i < named.length; i++) {
      add(named[i].getAttribute("href") || named[i].getAttribute("src"));
      add(named[i].getAttribute("config"));
    }
    var large = document.querySelector("[data-files]");
    if (large) large.getAttribute("data-files").split(" ").forEach(add);
    entries().forEach(function (entry) {
      if (/\.\w+$/.test(entry.name)) add(entry.name);
    });
    return found;
  }

  // Ask for the head of every file, and judge the answers.
  function probe() {
    var files = startFiles();
    probing = true;
    files.forEach(function (url) {
      probed[url] = probed[url] || performance.now();
    });
    Promise.all(files.map(headOf)).then(function (heads) {
      probing = false;
      probedAt = performance.now();
      if (timer) judge(files, heads);
    });
  }

  function headOf(url) {
    var asked = fetch(url, { method: "HEAD", cache: "no-store", redirect: "manual" });
    var late = new Promise(function (resolve) {
      setTimeout(resolve, PROBE_MS, "late");
    });
    return Promise.race([asked, late]).catch(function () {
      return "lost";
    });
  }

  function judge(files, heads) {
    var faults = [];
    var own = heads[files.indexOf(ownUrl)]; // of this script, which has come
    var elsewhere = false;
    for (var i = 0; i < files.length; i++) {
      var fault = faultOf(files[i], heads[i], own && own.status);
      if (fault) faults.push([files[i], fault]);
      if (fault === "text/html" || fault === "opaqueredirect") elsewhere = true;
    }
    var silent = faults.length === files.length && heads.every(isText);
    if (silent) tell("offline");
    else if (elsewhere) tell("portal");
    else if (faults.length) tell("file", faults[0]);
    else if (quietFor(STILL_MS) && !isWaiting(files, heads)) tell("general");
  }

  function isText(head) {
    return typeof head === "string";
  }

  // What is wrong with an answer, empty for nothing. Hosts that do not answer HEAD say 405 or 501, or what they
  // say of a file that has come.
  function faultOf(url, head, ownStatus) {
    if (isText(head)) return head;
    if (head.type === "opaqueredirect") return head.type;
    if (head.status >= 400) return [405, 501, ownStatus].indexOf(head.status) < 0 ? String(head.status) : "";
    var type = (head.headers.get("Content-Type") || "").split(";")[0].toLowerCase();
    var packed = head.headers.get("Content-Encoding") === "gzip";
    if (type === "text/html") return type;
    if (/\.js$/.test(url) && !/javascript/.test(type)) return type || "?";
    return erred && /\.tgz$/.test(url) && packed ? "Content-Encoding: gzip" : ""; // a host may pack it once more
  }

  function unfinished(files) {
    var done = entries().map(function (entry) {
      return entry.name;
    });
    return files.filter(function (url) {
      return done.indexOf(url) < 0;
    });
  }

  // Whether what has not come can still be on its way, at three times the pace of what came.
  function isWaiting(files, heads) {
    var bytes = 0;
    var until = 1;
    var missing = 0;
    entries().forEach(function (entry) {
      bytes += entry.transferSize || 0;
      if (entry.transferSize) until = Math.max(until, entry.responseEnd);
    });
    unfinished(files).forEach(function (url) {
      missing += Number(heads[files.indexOf(url)].headers.get("Content-Length")) || 0;
    });
    return bytes > 0 && (3 * missing * until) / bytes > performance.now() - movedAt;
  }

  function tell(cause, fault) {
    stop();
    if (words === undefined) readWords();
    if (words === null) setTimeout(tell, TICK_MS, cause, fault);
    else show(cause, fault);
  }

  // The sentences, wanted only where a start takes long. `words` is null until they come, empty if they do not.
  function readWords() {
    var request = new XMLHttpRequest();
    words = null;
    request.open("GET", wordsUrl);
    request.overrideMimeType("application/json; charset=utf-8"); // whatever the host says
    request.timeout = PROBE_MS;
    request.onloadend = function () {
      try {
        words = JSON.parse(request.responseText);
      } catch (error) {
        words = {};
      }
    };
    request.send();
  }

  // Without sentences the note is shown with those of the HTML.
  function show(cause, fault) {
    var note = document.querySelector("[data-testid=start-note]");
    if (note.className !== "start-note") return; // Python came in the meantime
    var language = pageLanguage();
    if (words[language]) {
      fill(note, sentence(words[language][cause], fault), words[language].again, language);
      if (cause !== "slow") title(words[language]["short"], language);
    }
    note.hidden = false;
  }

  function sentence(text, fault) {
    var root = new URL("..", location.href).href;
    if (!fault) return text;
    var detail = NO_ANSWER.indexOf(fault[1]) < 0 ? " (" + fault[1] + ")" : "";
    return text.replace("{file}", fault[0].replace(root, "") + detail);
  }

  function fill(note, text, again, language) {
    var link = note.querySelector("a");
    link.textContent = again;
    note.textContent = "";
    note.appendChild(document.createElement("p")).textContent = text;
    note.appendChild(document.createElement("p")).appendChild(link);
    speak(note, language);
  }

  function title(text, language) {
    var state = document.querySelector("[data-testid=state]");
    state.textContent = text;
    speak(state, language);
  }

  function speak(element, language) {
    element.lang = language;
    element.dir = language === "ar" ? "rtl" : "ltr";
  }

  // As pylib/ui/i18n.py chooses: asked for by the link, chosen before, preferred by the browser.
  function pageLanguage() {
    var wanted = [(/[?&]lang=([\w-]+)/.exec(location.search) || [])[1], kept()];
    wanted = wanted.concat(navigator.languages || [navigator.language]);
    for (var i = 0; i < wanted.length; i++) {
      var main = String(wanted[i] || "").toLowerCase().split("-")[0];
      if (words.hasOwnProperty(main)) return main;
    }
    return "en";
  }

  function kept() {
    try {
      return localStorage.getItem("lectern.language");
    } catch (error) {
      return "";
    }
  }
})();
