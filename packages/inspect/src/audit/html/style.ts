// The style sheet of the report, as one table of rules.
import { createHash } from 'node:crypto'

export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #d9dde3; --text: #1b2330; --soft: #5a6577; --code: #eef1f5; --link: #1f5fbf;
  --hole: #c62232; --should: #b06a00; --info: #2f6fc4; --passed: #23804a; --idle: #b9c0cb;
  --hole-soft: #fdecee; --should-soft: #fdf3e1; --passed-soft: #e8f5ed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c; --card: #1a2029; --line: #313a48; --text: #e7ebf2; --soft: #9aa6b8; --code: #222a36; --link: #8ab6ff;
    --hole: #ff6b78; --should: #f0b04a; --info: #74aef8; --passed: #55c585; --idle: #465163;
    --hole-soft: #3a1d23; --should-soft: #36291a; --passed-soft: #173025;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h1 small { display: block; font-size: 1rem; font-weight: 400; color: var(--soft); }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h2 + p { margin-top: 0; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
.soft { color: var(--soft); }
.verdict { max-width: none; margin: 1.25rem 0; padding: .9rem 1.1rem; border-radius: .6rem; border-left: .4rem solid; font-size: 1.15rem;
  font-weight: 600; }
.verdict.hole { background: var(--hole-soft); border-color: var(--hole); }
.verdict.should { background: var(--should-soft); border-color: var(--should); }
.verdict.passed { background: var(--passed-soft); border-color: var(--passed); }
.verdict small { display: block; font-weight: 400; font-size: .95rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.cards li { list-style: none; background: var(--card); border: 1px solid var(--line); border-top: .3rem solid var(--idle);
  border-radius: .5rem; padding: .6rem .8rem; }
.cards b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.cards .hole { border-top-color: var(--hole); } .cards .should { border-top-color: var(--should); }
.cards .info { border-top-color: var(--info); } .cards .passed { border-top-color: var(--passed); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; font-size: .95rem; }
dt { color: var(--soft); } dd { margin: 0; }
.box { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: .6rem 0; }
.box summary { cursor: pointer; padding: .15rem 0; }
.box details[open] { border-bottom: 1px solid var(--line); padding-bottom: .5rem; margin-bottom: .5rem; }
details.box > summary { padding: 0; }
details.box[open] > summary { margin-bottom: .4rem; }
details.box > details { margin-left: 1.1rem; }
.few { display: block; color: var(--soft); margin-left: 1.05rem; }
details.box[open] > summary .few { display: none; }
.many { color: var(--hole); font-weight: 600; white-space: nowrap; margin-left: .4rem; }
h4 { margin: .9rem 0 .3rem; font-size: .9rem; }
.box.hole { border-left: .3rem solid var(--hole); } .box.should { border-left: .3rem solid var(--should); }
.box.info { border-left: .3rem solid var(--info); }
.box > p:first-child { margin-top: 0; }
code, pre { font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--code); border-radius: .25rem; padding: .1em .3em; }
pre { background: var(--code); border-radius: .4rem; padding: .6rem .75rem; margin: .5rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere; max-height: 24rem; overflow-y: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .85rem; }
tbody th { font-weight: 600; font-size: .92rem; min-width: 10rem; width: 15rem; }
tbody th span { display: block; font-weight: 400; color: var(--soft); font-size: .82rem; }
.squares { display: flex; flex-wrap: wrap; gap: 3px; padding-top: .25rem; }
.squares a, .legend i { width: 12px; height: 12px; border-radius: 2px; background: var(--idle); print-color-adjust: exact; }
/* A cross and a bar, for eyes and printers that see no colours. */
.squares .hole { background: linear-gradient(45deg, transparent 43%, var(--card) 43% 57%, transparent 57%),
  linear-gradient(-45deg, transparent 43%, var(--card) 43% 57%, transparent 57%), var(--hole); }
.squares .should { background: linear-gradient(transparent 42%, var(--card) 42% 58%, transparent 58%), var(--should); }
.squares .info { background: var(--info); } .squares .passed { background: var(--passed); }
.squares .idle { background: transparent; border: 1px solid var(--idle); }
.squares a:hover, .squares a:focus-visible { outline: 2px solid var(--text); outline-offset: 1px; }
.legend { margin: .2rem 0 .8rem; padding: 0; gap: .3rem 1.1rem; color: var(--soft); font-size: .9rem; }
.legend li { list-style: none; display: flex; align-items: center; gap: .4rem; }
.count { width: 18rem; font-size: .92rem; font-variant-numeric: tabular-nums; color: var(--soft); }
.count span { display: inline-block; margin-right: .6rem; white-space: nowrap; }
.count b.hole { color: var(--hole); } .count b.should { color: var(--should); }
.tag { display: inline-block; min-width: 4.2rem; text-align: center; border-radius: .25rem; font-size: .75rem; font-weight: 700;
  padding: .1rem .4rem; color: var(--card); background: var(--idle); }
.tag.hole { background: var(--hole); } .tag.should { background: var(--should); } .tag.info { background: var(--info); }
.cards .undecided { border-top-color: var(--hole); } .squares .undecided { background: transparent; border: 2px solid var(--hole); }
.count b.undecided { color: var(--hole); } .tag.undecided { color: var(--hole); background: transparent; border: 1px solid var(--hole); }
body:has(#only-undecided:checked) .row:not(.undecided, :target),
body:has(#only-undecided:checked) .step:not(:has(.row.undecided, .row:target)) { display: none; }
.tag.passed { background: var(--passed); } .tag.idle { color: var(--text); background: transparent; border: 1px solid var(--idle); }
.filter { min-width: 0; position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .4rem; padding: .6rem 0; margin: 0; border: 0;
  background: var(--page); }
.filter legend { float: left; padding: .25rem .5rem .25rem 0; color: var(--soft); }
.every > h2 { margin-bottom: 0; }
.filter label { white-space: nowrap; border: 1px solid var(--line); border-radius: 1rem; padding: .2rem .8rem; background: var(--card); cursor: pointer;
  font-size: .9rem; }
.filter input { position: absolute; opacity: 0; }
.filter label:has(:checked) { background: var(--text); color: var(--page); border-color: var(--text); }
.filter label:has(:focus-visible) { outline: 2px solid var(--link); outline-offset: 2px; }
details.row { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; margin: .3rem 0; }
details.row > summary { cursor: pointer; padding: .45rem .7rem; display: flex; flex-wrap: wrap; gap: .2rem .7rem;
  align-items: baseline; list-style: none; }
details.row > summary::-webkit-details-marker { display: none; }
details.row > summary::before { content: "\\25b8"; color: var(--soft); }
details.row[open] > summary::before { content: "\\25be"; }
details.row:target { outline: 2px solid var(--link); }
details.row:target::details-content { content-visibility: visible; }
details.row > div { padding: 0 .9rem .7rem; }
.name { font-weight: 600; } .status { margin-left: auto; color: var(--soft); font-variant-numeric: tabular-nums; }
body:has(#only-hole:checked) .row:not(.hole, :target), body:has(#only-should:checked) .row:not(.should, :target),
body:has(#only-info:checked) .row:not(.info, :target), body:has(#only-passed:checked) .row:not(.passed, :target),
body:has(#only-idle:checked) .row:not(.idle, :target) { display: none; }
details.row { scroll-margin-top: 4.5rem; }
body:has(#only-hole:checked) .step:not(:has(.row.hole, .row:target)), body:has(#only-should:checked) .step:not(:has(.row.should, .row:target)),
body:has(#only-info:checked) .step:not(:has(.row.info, .row:target)), body:has(#only-passed:checked) .step:not(:has(.row.passed, .row:target)),
body:has(#only-idle:checked) .step:not(:has(.row.idle, .row:target)) { display: none; }
ul.names { margin: .4rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem .9rem; font-size: .9rem; }
ul.names li { list-style: none; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) {
  body { padding: 1.1rem .9rem 3rem; }
  h1 { font-size: 1.3rem; }
  .cards { grid-template-columns: 1fr 1fr; gap: .5rem; } .cards li:first-child { grid-column: 1 / -1; }
  .matrix, .matrix tbody, .matrix tr, .matrix th, .matrix td { display: block; width: auto; }
  .matrix thead { display: none; } .matrix td { border-top: 0; padding-top: 0; }
  .filter { flex-wrap: nowrap; overflow-x: auto; } .filter legend { display: none; }
  .filter label { padding: .2rem .6rem; }
  .count { width: auto; }
  details.row > summary .status { order: 1; } details.row > summary .name, details.row > summary .soft { order: 2; width: 100%; }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; background: #fff; font-size: 12px; }
  .every { display: none; }
  .verdict, .cards li, .box, tr { break-inside: avoid; }
  .verdict { print-color-adjust: exact; }
}
`

/** For the policy of the page: it allows exactly this style sheet. */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`
