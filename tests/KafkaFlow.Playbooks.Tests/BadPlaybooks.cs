namespace KafkaFlow.Playbooks.Tests;

/// <summary>
/// A wrong playbook, « before the place to be named, the code and a part of the hint (empty: no hint expected).
/// A source that begins with <c>workflow</c> or <c>workbook</c> gets the usual head.
/// </summary>
public sealed record BadPlaybook(string Name, string Code, string Hint, string Marked)
{
    public override string ToString() => Name;
}

public static class BadPlaybooks
{
    public static IEnumerable<BadPlaybook> All =>
        [.. OfYaml, .. OfDocument, .. OfSteps, .. OfEdges, .. OfTools, .. LaterVersions, .. OfExpressions, .. BadLoops.All];

    private static BadPlaybook[] OfYaml =>
    [
        new("no yaml", "yaml_syntax", "indentation", "apiVersion: [noetl.io/v1\n«kind: Playbook"),
        new("tabs", "yaml_syntax", "indentation", "«metadata:\n\tname: x\n"),
        new("empty source", "yaml_syntax", "", "«"),
        new("two documents", "yaml_syntax", "a file of its own", "a: 1\n«---\nb: 2\n"),
        new("duplicate key", "duplicate_key", "line 6", "workflow:\n- step: a\n  desc: x\n  «desc: y\n"),
        new("alias", "alias_not_allowed", "write the value out",
            "workflow:\n- step: a\n  tool: python\n  args: {x: «*b}\n"),
        new("anchor", "alias_not_allowed", "write the value out", "workflow:\n- step: a\n  desc: «&b text\n"),
        new("tag", "tag_not_allowed", "quote", "workflow:\n- step: a\n  desc: «!!python/object x\n"),
        new("list as a key", "wrong_type", "", "workflow:\n- step: a\n  «[x]: 1\n"),
        new("root is a list", "wrong_type", "", "«- a\n- b\n"),
    ];

    private static BadPlaybook[] OfDocument =>
    [
        new("no apiVersion", "missing_key", "noetl.io/v1", "«kind: Playbook\nmetadata: {path: a}\nworkflow: [{step: a}]\n"),
        new("other apiVersion", "bad_value", "did you mean 'noetl.io/v1'?",
            "apiVersion: «noetl.io/v2\nkind: Playbook\nmetadata: {path: a}\nworkflow: [{step: a}]\n"),
        new("other kind", "bad_value", "did you mean 'Playbook'?",
            "apiVersion: noetl.io/v1\nkind: «PlayBook\nmetadata: {path: a}\nworkflow: [{step: a}]\n"),
        new("no path", "missing_key", "folder/name",
            "apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: «{description: x}\nworkflow: [{step: a}]\n"),
        new("path with a space", "bad_name", "",
            "apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {path: «a b}\nworkflow: [{step: a}]\n"),
        new("path at top level", "unknown_key", "metadata.path",
            "apiVersion: noetl.io/v1\nkind: Playbook\n«path: a\nmetadata: {path: a}\nworkflow: [{step: a}]\n"),
        new("misspelled workflow", "unknown_key", "did you mean 'workflow'?",
            "apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {path: a}\n«worklow: [{step: a}]\n"),
        new("no workflow", "missing_key", "- step: start", "«apiVersion: noetl.io/v1\nkind: Playbook\nmetadata: {path: a}\n"),
        new("empty workflow", "bad_value", "", "workflow: «[]\n"),
        new("workload is a list", "wrong_type", "", "workflow: [{step: a}]\nworkload: «[1]\n"),
        new("number out of range", "bad_value", "quote", "workflow: [{step: a}]\nworkload: {n: «99999999999999999999}\n"),
        new("workload needs a step", "bad_value", "", "workflow: [{step: abc}]\nworkload: {n: «\"{{ abc.x }}\"}\n"),
        new("unknown policy", "bad_value", "did you mean 'drain'?", "workflow: [{step: a}]\non_failure: «drian\n"),
        new("bad deadline", "bad_value", "", "workflow: [{step: a}]\ndeadline: «soon\n"),
        new("deadline of nothing", "bad_value", "", "workflow: [{step: a}]\ndeadline: «0\n"),
    ];

    private static BadPlaybook[] OfSteps =>
    [
        new("step without a name", "missing_key", "- step: NAME", "workflow:\n- «desc: x\n"),
        new("step that is text", "wrong_type", "", "workflow:\n- «start\n"),
        new("step name is a number", "wrong_type", "quote", "workflow:\n- step: «17\n"),
        new("step name with a space", "bad_name", "", "workflow:\n- step: «my step\n"),
        new("duplicate step", "duplicate_step", "line 5", "workflow:\n- step: a\n- step: b\n- step: «a\n"),
        new("misspelled key", "unknown_key", "did you mean 'next'?", "workflow:\n- step: a\n  «nxt: end\n"),
        new("condition on a step", "unknown_key", "put conditions on edges", "workflow:\n- step: a\n  «when: x\n"),
        new("old key type", "unknown_key", "write it as tool", "workflow:\n- step: a\n  «type: python\n"),
        new("unknown join", "bad_value", "did you mean 'any'?", "workflow:\n- step: a\n  join: «anny\n"),
        new("join of none", "bad_value", "", "workflow:\n- step: a\n  join: {n_of: «0}\n"),
        new("join of more than there are", "bad_value", "edges that lead into",
            "workflow:\n- step: a\n  next: b\n- step: b\n  join: «{n_of: 2}\n"),
        new("unknown next_mode", "bad_value", "did you mean 'first'?", "workflow:\n- step: a\n  next_mode: «frist\n"),
        new("timeout is a number", "wrong_type", "attempt: 30s", "workflow:\n- step: a\n  timeout: «30\n"),
        new("unknown timeout", "unknown_key", "did you mean 'attempt'?",
            "workflow:\n- step: a\n  timeout: {«atempt: 30s}\n"),
        new("timeout without a unit", "bad_value", "", "workflow:\n- step: a\n  timeout: {queue: «30 secs}\n"),
    ];

    private static BadPlaybook[] OfEdges =>
    [
        new("dangling target", "unknown_step", "did you mean 'fetch'?",
            "workflow:\n- step: a\n  next: «fech\n- step: fetch\n"),
        new("dangling target in then", "unknown_step", "",
            "workflow:\n- step: a\n  next:\n  - when: \"true\"\n    then: [end, «somewhere_else]\n"),
        new("unknown key of an edge", "unknown_key", "did you mean 'step'?", "workflow:\n- step: a\n  next:\n    «-step: end\n"),
        new("condition of an older dialect", "unknown_key", "write it as when",
            "workflow:\n- step: a\n  next: [{step: end, «condition: x}]\n"),
        new("edge without a target", "missing_key", "step that comes next",
            "workflow:\n- step: a\n  next: [«{args: {x: 1}}]\n"),
        new("edge to a number", "wrong_type", "", "workflow:\n- step: a\n  next: [«5]\n"),
        new("else with when", "conflicting_keys", "no condition holds",
            "workflow:\n- step: a\n  next: [{step: end, else: true, «when: \"true\"}]\n"),
        new("else with on_error", "conflicting_keys", "no condition holds",
            "workflow:\n- step: a\n  next: [{step: end, else: true, «on_error: true}]\n"),
        new("two else", "several_else", "else: [a, b]",
            "workflow:\n- step: a\n  next:\n  - {else: b}\n  - {«else: end}\n- step: b\n"),
        new("step beside then", "conflicting_keys", "remove one",
            "workflow:\n- step: a\n  next: [{step: end, «then: [end]}]\n"),
        new("on_error is text", "wrong_type", "", "workflow:\n- step: a\n  next: [{step: end, on_error: «maybe}]\n"),
        new("when is a number", "wrong_type", "quote", "workflow:\n- step: a\n  next: [{step: end, when: «1}]\n"),
        new("condition inside then", "unknown_key", "no condition of its own",
            "workflow:\n- step: a\n  next: [{when: \"true\", then: [{step: end, «when: \"true\"}]}]\n"),
        new("args of an edge are a list", "wrong_type", "", "workflow:\n- step: a\n  next: [{step: end, args: «[1]}]\n"),
    ];

    private static BadPlaybook[] OfTools =>
    [
        new("python without code", "missing_key", "code: |", "workflow:\n- «step: a\n  tool: python\n"),
        new("code without a tool", "missing_key", "tool: python", "workflow:\n- step: a\n  «code: x\n"),
        new("args without a tool", "missing_key", "tool: python", "workflow:\n- step: a\n  «args: {x: 1}\n"),
        new("code without main", "missing_main", "parameters are filled by name",
            "workflow:\n- step: a\n  tool: python\n  code: «|\n    def mian():\n        return 1\n"),
        new("main only in a comment", "missing_main", "parameters",
            "workflow:\n- step: a\n  tool: python\n  code: «|\n    # def main():\n    x = '''\n    def main():\n    '''\n"),
        new("code of another tool", "unknown_key", "",
            "workflow:\n- step: a\n  tool: postgres\n  command: select 1\n  «code: x\n"),
        new("postgres without command", "missing_key", "command: |", "workflow:\n- «step: a\n  tool: postgres\n  auth: pg\n"),
        new("two commands", "conflicting_keys", "remove one",
            "workflow:\n- step: a\n  tool: postgres\n  command: select 1\n  «sql: select 2\n"),
        new("auth without a name", "missing_key", "auth: NAME",
            "workflow:\n- step: a\n  tool: postgres\n  command: select 1\n  auth: «{tool: postgres}\n"),
        new("tool in the wrong case", "bad_value", "did you mean 'python'?",
            "workflow:\n- step: a\n  tool: «Python\n  code: x\n"),
        new("tool as a map", "wrong_type", "its fields beside it", "workflow:\n- step: a\n  tool: «{kind: python}\n"),
        new("key of a worker of one's own", "unknown_key", "", "workflow:\n- step: a\n  tool: mail\n  «code: x\n"),
        new("unknown action", "unknown_action", "did you mean 'calc'?",
            "workflow:\n- step: a\n  tool: workbook\n  name: «calk\nworkbook:\n- name: calc\n  tool: mail\n"),
        new("duplicate action", "duplicate_action", "",
            "workflow:\n- step: a\nworkbook:\n- {name: calc, tool: mail}\n- {name: «calc, tool: mail}\n"),
        new("action without a tool", "missing_key", "tool: python", "workflow: [{step: a}]\nworkbook:\n- «name: calc\n"),
        new("action that is a router", "bad_value", "",
            "workflow: [{step: a}]\nworkbook:\n- {name: calc, tool: «router}\n"),
        new("args are a list", "wrong_type", "", "workflow:\n- step: a\n  tool: mail\n  args: «[1]\n"),
        new("unknown storage", "bad_value", "did you mean 'event_log'?",
            "workflow:\n- step: a\n  save: {storage: «eventlog}\n"),
        new("save without a storage", "missing_key", "event_log", "workflow:\n- step: a\n  save: «{args: {x: 1}}\n"),
    ];

    private static BadPlaybook[] LaterVersions =>
    [
        Later("loop", "workflow:\n- step: a\n  «loop: {collection: x}\n"),
        new("tool http", "not_available", "", "workflow:\n- step: a\n  tool: «http\n  url: http://x\n"),
        new("save to postgres", "not_available", "a step of its own",
            "workflow:\n- step: a\n  save: {storage: {tool: «postgres, table: t}}\n"),
    ];

    private static BadPlaybook[] OfExpressions =>
    [
        new("unknown name in a template", "unknown_name", "workload",
            "workflow:\n- step: a\n  tool: mail\n  args: {x: \"{{ «worklod.y }}\"}\n"),
        new("unknown name in a condition", "unknown_name", "result",
            "workflow:\n- step: a\n  next:\n  - when: \"{{ «reslt.ok == true }}\"\n    step: end\n"),
        new("unknown name in raw CEL", "unknown_name", "result",
            "workflow:\n- step: a\n  next:\n  - when: «reslt.ok\n    step: end\n"),
        new("unknown name in a literal block", "unknown_name", "workload", """
            workflow:
            - step: a
              tool: postgres
              command: |

                select 1
                  from t where x = '{{ «wrkload.x }}'
            """),
        new("unknown name in a folded block", "unknown_name", "workload", """
            workflow:
            - step: a
              tool: postgres
              command: >-
                select 1
                from t

                where x = '{{ «wrkload.x }}'
            """),
        new("unknown name in folded plain text", "unknown_name", "workload", """
            workflow:
            - step: a
              tool: postgres
              command: select 1
                from t
                where x = {{ «wrkload.x }}
            """),
        new("unknown name behind escapes", "unknown_name", "workload", """
            workflow:
            - step: a
              tool: postgres
              command: "select \"a\", \x41\u00e9,\
                \n b where x = {{ «wrkload.x }}"
            """),
        new("unknown name behind doubled quotes", "unknown_name", "workload", """
            workflow:
            - step: a
              tool: postgres
              command: 'select ''a'' where x = ''{{ «wrkload.x }}'''
            """),
        new("unknown filter", "unknown_filter", "tojson",
            "workflow:\n- step: a\n  tool: mail\n  args: {x: \"{{ workload | «tojsn }}\"}\n"),
        new("unknown name in a save", "unknown_name", "result",
            "workflow:\n- step: a\n  save: {storage: event, args: \"{{ «resul }}\"}\n"),
        new("unknown name in the args of an edge", "unknown_name", "workload",
            "workflow:\n- step: a\n  next: [{step: end, args: {x: \"{{ «wokload.x }}\"}}]\n"),
        new("unknown name in an action", "unknown_name", "workload",
            "workflow: [{step: a}]\nworkbook:\n- {name: b, tool: mail, args: {x: \"{{ «wokload.x }}\"}}\n"),
        new("unknown name in the workload", "unknown_name", "",
            "workflow: [{step: a}]\nworkload: {b: \"{{ «nowhere }}\"}\n"),
    ];

    private static BadPlaybook Later(string key, string marked) => new($"key {key}", "not_available", $"remove '{key}'", marked);
}
