/** Answers as programs write them, cut down to their structure: what must be seen, and what is folded. */
const LONG = "We could meet at noon, or later if that suits you better. ".repeat(8);

export const quotes = [
  {
    name: "Gmail",
    html: `<div dir="ltr">Noon is fine.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, Nov 2, 2026 at 10:00 AM Anna &lt;<a href="mailto:anna@example.org">anna@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex"><div dir="ltr">When is lunch?</div></blockquote></div>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "wrote:"],
  },
  {
    name: "Gmail, answered piece by piece",
    html: `<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, 2026, Anna wrote:<br></div><blockquote class="gmail_quote">When is lunch?</blockquote><div>At noon.</div><blockquote class="gmail_quote">And where?</blockquote><div>Here.</div></div></div>`,
    seen: ["When is lunch?", "At noon.", "And where?", "Here."], folded: [],
  },
  {
    name: "Gmail, passed on",
    html: `<div dir="ltr">FYI<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: Anna<br></div>The point of it all</div></div>`,
    subject: "Fwd: lunch", seen: ["FYI", "The point of it all"], folded: [],
  },
  {
    name: "Thunderbird, answer above",
    html: `<html><body><p>Noon is fine.</p><div class="moz-cite-prefix">On 11/2/26 10:00, Anna wrote:<br></div><blockquote type="cite" cite="mid:x@y"><p>When is lunch?</p></blockquote></body></html>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "Anna wrote"],
  },
  {
    name: "Thunderbird, answer below a long quote",
    html: `<div class="moz-cite-prefix">Le 02/11/2026 à 10:00, Anna a écrit :<br></div><blockquote type="cite"><p>${LONG}</p></blockquote><p>Noon is fine.</p>`,
    seen: ["Noon is fine."], folded: ["We could meet", "a écrit"],
  },
  {
    name: "Thunderbird, answered piece by piece, the rest below",
    html: `<div class="moz-cite-prefix">Am 02.11.26 um 10:00 schrieb Anna:</div><blockquote type="cite">When?</blockquote><p>Noon.</p><blockquote type="cite">Where?</blockquote><p>Here.</p><blockquote type="cite"><p>${LONG}</p></blockquote>`,
    seen: ["When?", "Noon.", "Where?", "Here."], folded: ["We could meet"],
  },
  {
    name: "Apple Mail",
    html: `<html><body style="overflow-wrap: break-word;">Noon is fine.<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>On 2 Nov 2026, at 10:00, Anna &lt;anna@example.org&gt; wrote:</div><br class="Apple-interchange-newline"><div>When is lunch?</div></blockquote></div><br></body></html>`,
    seen: ["Noon is fine."], folded: ["When is lunch?"],
  },
  {
    name: "Apple Mail on the phone, the introduction outside",
    html: `<html><body dir="auto">Noon is fine.<br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On 2 Nov 2026, at 10:00, Anna wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">When is lunch?</div></blockquote></body></html>`,
    seen: ["Noon is fine.", "Sent from my iPhone"], folded: ["When is lunch?"],
  },
  {
    name: "Outlook on the web",
    html: `<div class="elementToProof">Noon is fine.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif"><b>From:</b> Anna<br><b>Sent:</b> Monday<br><b>Subject:</b> lunch</font><div>&nbsp;</div></div><div>When is lunch?</div><div>Anna</div>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "Sent: Monday"],
  },
  {
    name: "Outlook on the web, passed on",
    html: `<div>FYI</div><hr><div id="divRplyFwdMsg"><b>From:</b> Anna<br><b>Sent:</b> Monday</div><div>The point of it all</div>`,
    subject: "Fw: lunch", seen: ["FYI", "The point of it all"], folded: [],
  },
  {
    name: "Outlook on the desk",
    html: `<html><body lang="EN-US"><div class="WordSection1"><p class="MsoNormal">Noon is fine.</p><p class="MsoNormal">&nbsp;</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Anna &lt;anna@example.org&gt; <br><b>Sent:</b> Monday, November 2, 2026<br><b>To:</b> me<br><b>Subject:</b> lunch</p></div></div><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">When is lunch?</p></div></body></html>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "November"],
  },
  {
    name: "Outlook on the desk, in German",
    html: `<div class="WordSection1"><p class="MsoNormal">Mittags.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>Von:</b> Anna <br><b>Gesendet:</b> Montag, 2. November 2026<br><b>An:</b> mich<br><b>Betreff:</b> Essen</p></div><p class="MsoNormal">Wann essen wir?</p></div>`,
    seen: ["Mittags."], folded: ["Wann essen wir?"],
  },
  {
    name: "Outlook on the desk, answers announced in the quote",
    html: `<div class="WordSection1"><p>See my answers below in red.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Anna<br><b>Sent:</b> Monday</p></div><p>When? <span style="color:red">Noon.</span></p></div>`,
    seen: ["See my answers", "When?", "Noon."], folded: [],
  },
  {
    name: "Yahoo",
    html: `<div class="ydp1">Noon is fine.</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, November 2, 2026 at 10:00, Anna &lt;anna@example.org&gt; wrote:</div><div><br></div><blockquote type="cite"><div>When is lunch?</div></blockquote></div>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "wrote:"],
  },
  {
    name: "Proton",
    html: `<div>Noon is fine.</div><div class="protonmail_quote">On Monday, November 2nd, 2026 at 10:00, Anna &lt;anna@example.org&gt; wrote:<br><blockquote class="protonmail_quote" type="cite"><div>When is lunch?</div></blockquote></div>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "wrote:"],
  },
  {
    name: "an introduction in pieces, before a quote without a class",
    html: `Noon is fine.<br><br>On Mon, Nov 2, 2026, Anna &lt;<a href="mailto:anna@example.org">anna@example.org</a>&gt; wrote:<br><blockquote type="cite">When is lunch?</blockquote>`,
    seen: ["Noon is fine."], folded: ["When is lunch?", "wrote:"],
  },
  { name: "nothing but a quote", html: `<blockquote type="cite">When is lunch?</blockquote>`, seen: ["When is lunch?"], folded: [] },
  { name: "a picture for an answer", html: `<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width="40"><blockquote type="cite">When is lunch?</blockquote>`, seen: [], folded: ["When is lunch?"] },
  { name: "a quotation that is no quote", html: `<p>As the poet says:</p><blockquote>Whan that Aprille</blockquote>`, seen: ["As the poet says", "Whan that Aprille"], folded: [] },
  {
    name: "a signature below the quote stays",
    html: `<p>Noon is fine.</p><blockquote type="cite"><p>${LONG}</p></blockquote><p>-- <br>Bob</p>`,
    seen: ["Noon is fine.", "Bob"], folded: ["We could meet"],
  },
];
