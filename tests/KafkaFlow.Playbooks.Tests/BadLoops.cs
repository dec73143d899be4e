namespace KafkaFlow.Playbooks.Tests;

/// <summary>Wrong loops, retries, waits, children, roles and cycles, in the form of <see cref="BadPlaybook"/>.</summary>
internal static class BadLoops
{
    public static IEnumerable<BadPlaybook> All =>
        [.. OfRetry, .. OfIterators, .. OfTasks, .. OfWhile, .. OfWaits, .. OfChildren, .. OfRoles, .. OfCycles];

    private const string Mail = "workflow:\n- step: a\n  tool: mail\n";

    private const string Each = "workflow:\n- step: a\n  tool: iterator\n  collection: [1, 2]\n";

    private static BadPlaybook[] OfRetry =>
    [
        new("retry is text", "wrong_type", "retry: 3", Mail + "  retry: «often\n"),
        new("no attempt at all", "bad_value", "", Mail + "  retry: «0\n"),
        new("attempts are text", "wrong_type", "", Mail + "  retry: {max_attempts: «'3'}\n"),
        new("too many attempts", "bad_value", "", Mail + "  retry: {max_attempts: «1001}\n"),
        new("unknown key of retry", "unknown_key", "did you mean 'max_attempts'?", Mail + "  retry: {«max_attempt: 3}\n"),
        new("delay that is no duration", "bad_value", "", Mail + "  retry: {initial_delay: «1 second}\n"),
        new("delays that shrink", "bad_value", "", Mail + "  retry: {backoff_multiplier: «0.5}\n"),
        new("multiplier is text", "wrong_type", "", Mail + "  retry: {backoff_multiplier: «twice}\n"),
        new("jitter is a number", "wrong_type", "", Mail + "  retry: {jitter: «0.5}\n"),
        new("error codes are text", "wrong_type", "non_retryable: [", Mail + "  retry: {non_retryable: «bad_input}\n"),
        new("unknown name in retry_when", "unknown_name", "status_code",
            Mail + "  retry: {retry_when: \"{{ «statuscode == 503 }}\"}\n"),
        new("answer's name outside of retry", "unknown_name", "", Mail + "  next: [{step: end, when: «status_code == 200}]\n"),
        new("retry without a tool", "missing_key", "tool: python", "workflow:\n- step: a\n  «retry: 3\n"),
        new("retry of a wait", "unknown_key", "", "workflow:\n- step: a\n  wait: 5s\n  «retry: 3\n"),
        new("retry of a transform", "unknown_key", "", "workflow:\n- step: a\n  tool: transform\n  value: 1\n  «retry: 3\n"),
        new("retry of an action", "not_available", "", "workflow: [{step: a}]\nworkbook:\n- {name: b, tool: mail, «retry: 3}\n"),
    ];

    private static BadPlaybook[] OfIterators =>
    [
        new("retry of an iterator", "unknown_key", "under task", Each + "  task: {tool: mail}\n  «retry: 3\n"),
        new("args of an iterator", "unknown_key", "under task", Each + "  task: {tool: mail}\n  «args: {x: 1}\n"),
        new("iterator without a collection", "missing_key", "workload.items",
            "workflow:\n- «step: a\n  tool: iterator\n  task: {tool: mail}\n"),
        new("iterator without a task", "missing_key", "task: {tool", Each.Replace("- step", "- «step", StringComparison.Ordinal)),
        new("collection is a bare word", "bad_value", "{{ items }}",
            "workflow:\n- step: a\n  tool: iterator\n  collection: «items\n  task: {tool: mail}\n"),
        new("collection is a number", "wrong_type", "workload.items",
            "workflow:\n- step: a\n  tool: iterator\n  collection: «3\n  task: {tool: mail}\n"),
        new("element is no name", "bad_name", "", Each + "  element: «my-item\n  task: {tool: mail}\n"),
        new("element is the engine's name", "bad_name", "element: item", Each + "  element: «result\n  task: {tool: mail}\n"),
        new("element is a step's name", "bad_name", "what an item is", Each + "  element: «a\n  task: {tool: mail}\n"),
        new("unknown mode", "bad_value", "did you mean 'parallel'?", Each + "  mode: «paralel\n  task: {tool: mail}\n"),
        new("sequential and concurrent", "conflicting_keys", "mode: async",
            Each + "  mode: sequential\n  «concurrency: 4\n  task: {tool: mail}\n"),
        new("concurrency is zero", "bad_value", "", Each + "  mode: async\n  concurrency: «0\n  task: {tool: mail}\n"),
        new("limit is negative", "bad_value", "", Each + "  limit: «-1\n  task: {tool: mail}\n"),
        new("chunk of nothing", "bad_value", "", Each + "  chunk: «0\n  task: {tool: mail}\n"),
        new("enumerate is text", "wrong_type", "", Each + "  enumerate: «'yes'\n  task: {tool: mail}\n"),
        new("unknown on_error", "bad_value", "", Each + "  on_error: «ignore\n  task: {tool: mail}\n"),
        new("tolerate is text", "wrong_type", "", Each + "  on_error: {tolerate: «many}\n  task: {tool: mail}\n"),
        new("on_error without a number", "missing_key", "tolerate: 3", Each + "  on_error: «{}\n  task: {tool: mail}\n"),
        new("order without a key", "missing_key", "by: item.name", Each + "  order_by: «{descending: true}\n  task: {tool: mail}\n"),
        new("unknown name in order_by", "unknown_name", "", Each + "  order_by: «itm.name\n  task: {tool: mail}\n"),
        new("syntax of order_by", "syntax", "", Each + "  order_by: item.name +«\n  task: {tool: mail}\n"),
        new("unknown name in where", "unknown_name", "", Each + "  where: «usr.age > 3\n  task: {tool: mail}\n"),
        new("element outside of its loop", "unknown_name", "task",
            Each + "  element: city\n  task: {tool: mail}\n  next: [{step: end, args: {x: «\"{{ city }}\"}}]\n"),
        new("attempt timeout of an iterator", "unknown_key", "under task", Each + "  timeout: {«attempt: 5s}\n  task: {tool: mail}\n"),
    ];

    private static BadPlaybook[] OfTasks =>
    [
        new("task is text", "wrong_type", "task: {tool", Each + "  task: «mail\n"),
        new("task without a tool", "missing_key", "tool: python", Each + "  task: «{desc: x}\n"),
        new("task with code but no tool", "missing_key", "tool: python", Each + "  task: {«code: x}\n"),
        new("task is a router", "bad_value", "tool: playbook", Each + "  task: {tool: «router}\n"),
        new("task is a wait", "bad_value", "tool: playbook", Each + "  task: {tool: «wait, duration: 5s}\n"),
        new("task with edges", "unknown_key", "", Each + "  task: {tool: mail, «next: end}\n"),
        new("task with while", "not_available", "", Each + "  task: {tool: mail, «while: {condition: 'true'}}\n"),
        new("task of a later version", "not_available", "", Each + "  task: {tool: «http, url: x}\n"),
        new("task without its code", "missing_key", "code: |", Each + "  task: «{tool: python}\n"),
        new("save of a task to postgres", "not_available", "a step of its own",
            Each + "  task: {tool: mail, save: {storage: «postgres, table: t}}\n"),
        new("task names an unknown action", "unknown_action", "", Each + "  task: {tool: workbook, name: «calc}\n"),
        new("nested iterator without a task", "missing_key", "task: {tool", Each + "  task: «{tool: iterator, collection: [1]}\n"),
        new("iterators nested too deeply", "too_large", "", "workflow:\n- step: a\n  tool: iterator\n  collection: [1]\n  task: "
            + string.Concat(Enumerable.Range(0, 9).Select(i => (i == 8 ? "«" : "") + "{tool: iterator, collection: [1], task: "))
            + "{tool: mail}" + new string('}', 9) + "\n"),
    ];

    private static BadPlaybook[] OfWhile =>
    [
        new("while is text", "wrong_type", "condition", Mail + "  while: «result.more\n"),
        new("while without a condition", "missing_key", "result.more", Mail + "  while: «{max_iterations: 3}\n"),
        new("while with a wrong name", "unknown_name", "", Mail + "  while: {condition: «reslt.more}\n"),
        new("while with no iteration", "bad_value", "", Mail + "  while: {condition: 'true', max_iterations: «0}\n"),
        new("break that is always text", "not_bool", "", Mail + "  while: {condition: 'true', break_when: '«\"x\"'}\n"),
        new("while without a tool", "missing_key", "tool: python", "workflow:\n- step: a\n  «while: {condition: 'true'}\n"),
        new("while of an iterator", "unknown_key", "tool: playbook", Each + "  task: {tool: mail}\n  «while: {condition: 'true'}\n"),
    ];

    private static BadPlaybook[] OfWaits =>
    [
        new("wait for nothing", "missing_key", "signal: NAME", "workflow:\n- step: a\n  wait: «{}\n"),
        new("wait tool for nothing", "missing_key", "signal: NAME", "workflow:\n- «step: a\n  tool: wait\n"),
        new("wait for two things", "conflicting_keys", "timeout",
            "workflow:\n- step: a\n  wait: {duration: 5s, «signal: paid}\n"),
        new("timeout of a duration", "conflicting_keys", "remove", "workflow:\n- step: a\n  wait: {duration: 5s, «timeout: 9s}\n"),
        new("wait is no duration", "bad_value", "", "workflow:\n- step: a\n  wait: «soon\n"),
        new("wait for a negative time", "bad_value", "", "workflow:\n- step: a\n  wait: {duration: «-5}\n"),
        new("wait until a date", "bad_value", "time of day", "workflow:\n- step: a\n  wait: {until: «2030-01-31}\n"),
        new("wait until no real time", "bad_value", "time of day",
            "workflow:\n- step: a\n  wait: {until: «'2030-02-31T08:00:00Z'}\n"),
        new("empty signal", "bad_value", "", "workflow:\n- step: a\n  wait: {signal: «''}\n"),
        new("wait beside a tool", "conflicting_keys", "a step of its own", Mail + "  «wait: 5s\n"),
        new("wait and approval", "conflicting_keys", "a step of its own", "workflow:\n- step: a\n  wait: 5s\n  «approval: true\n"),
        new("duration without a tool", "missing_key", "tool: wait", "workflow:\n- step: a\n  «duration: 5s\n"),
        new("approval is text", "wrong_type", "approval: true", "workflow:\n- step: a\n  approval: «ann\n"),
        new("who is a number", "wrong_type", "who: [ann", "workflow:\n- step: a\n  approval: {who: «7}\n"),
        new("timeout of an approval as a map", "wrong_type", "", "workflow:\n- step: a\n  tool: approval\n  timeout: «{total: 5s}\n"),
        new("args of an approval", "unknown_key", "", "workflow:\n- step: a\n  tool: approval\n  «args: {x: 1}\n"),
    ];

    private static BadPlaybook[] OfChildren =>
    [
        new("child without a path", "missing_key", "path: FOLDER", "workflow:\n- «step: a\n  tool: playbook\n"),
        new("child with a wrong path", "bad_name", "", "workflow:\n- step: a\n  tool: playbook\n  path: «../x\n"),
        new("child's version is a word", "bad_value", "", "workflow:\n- step: a\n  tool: playbook\n  path: x\n  version: «newest\n"),
        new("child's version is zero", "bad_value", "", "workflow:\n- step: a\n  tool: playbook\n  path: x\n  version: «0\n"),
        new("child's step is no name", "bad_name", "", "workflow:\n- step: a\n  tool: playbook\n  path: x\n  return_step: «'a b'\n"),
        new("child's await_cancel is text", "wrong_type", "", "workflow:\n- step: a\n  tool: playbook\n  path: x\n  await_cancel: «'no'\n"),
        new("transform of nothing", "missing_key", "expression: CEL", "workflow:\n- «step: a\n  tool: transform\n"),
        new("two values of a transform", "conflicting_keys", "remove one",
            "workflow:\n- step: a\n  tool: transform\n  value: 1\n  «expression: 1 + 1\n"),
        new("expression with a wrong name", "unknown_name", "workload",
            "workflow:\n- step: a\n  tool: transform\n  expression: 1 + «worklod.x\n"),
        new("expression is a number", "wrong_type", "quote it", "workflow:\n- step: a\n  tool: transform\n  expression: «7\n"),
        new("transform as an action", "bad_value", "", "workflow: [{step: a}]\nworkbook:\n- {name: b, tool: «transform, value: 1}\n"),
    ];

    private static BadPlaybook[] OfRoles =>
    [
        new("undone by nobody", "unknown_step", "did you mean 'undo'?", Mail + "  compensate: «und\n- step: undo\n  tool: mail\n"),
        new("undone by itself", "bad_value", "undoes this one", Mail + "  compensate: «a\n"),
        new("nothing to undo", "conflicting_keys", "remove compensate",
            "workflow:\n- step: a\n  compensate: «b\n- step: b\n  tool: mail\n"),
        new("compensation with a next", "conflicting_keys", "remove 'next'",
            Mail + "  compensate: b\n- step: b\n  tool: mail\n  «next: end\n"),
        new("edge to a compensation", "conflicting_keys", "of its own", Mail + "  compensate: b\n  next: «b\n- step: b\n  tool: mail\n"),
        new("compensation that begins the run", "conflicting_keys", "before it",
            "workflow:\n- step: «b\n  tool: mail\n- step: a\n  tool: mail\n  compensate: b\n"),
        new("compensation of a compensation", "conflicting_keys", "remove compensate",
            Mail + "  compensate: b\n- step: b\n  tool: mail\n  compensate: «c\n- step: c\n  tool: mail\n"),
        new("finally is text", "wrong_type", "", Mail + "- step: b\n  tool: mail\n  finally: «'yes'\n"),
        new("finally with a join", "conflicting_keys", "remove 'join'", Mail + "- step: b\n  tool: mail\n  finally: true\n  «join: any\n"),
        new("edge to a finally step", "conflicting_keys", "of its own", Mail + "  next: «b\n- step: b\n  tool: mail\n  finally: true\n"),
        new("finally step that begins the run", "conflicting_keys", "before it",
            "workflow:\n- step: «b\n  tool: mail\n  finally: true\n- step: a\n"),
        new("finally step that undoes", "conflicting_keys", "of its own",
            Mail + "  compensate: «b\n- step: b\n  tool: mail\n  finally: true\n"),
        new("finally step to be undone", "conflicting_keys", "remove compensate",
            Mail + "- step: b\n  tool: mail\n  finally: true\n  compensate: «c\n- step: c\n  tool: mail\n"),
    ];

    private static BadPlaybook[] OfCycles =>
    [
        new("cycle with two entries", "irreducible_cycle", "'b'",
            "workflow:\n- step: a\n  next: [b, c]\n- step: b\n  next: c\n- step: c\n  next: [«{when: result, step: b}]\n"),
        new("exit beside the way back", "exit_not_exclusive", "next_mode: first",
            "workflow:\n- step: a\n  next:\n  - {when: result, step: a}\n  - «{when: '!result', step: b}\n- step: b\n"),
        new("unconditioned exit", "exit_not_exclusive", "each_visit",
            "workflow:\n- step: a\n  next: [{when: result, step: a}, «b]\n- step: b\n"),
        new("exit of a branch", "exit_not_exclusive", "each_visit",
            "workflow:\n- step: a\n  next: [b, c]\n- step: b\n  next: [{when: result, step: a}]\n"
            + "- step: c\n  next: [{when: result, step: a}, «{else: d}]\n- step: d\n"),
        new("else beside an unconditioned way back", "exit_not_exclusive", "each_visit",
            "workflow:\n- step: a\n  next: [a, {when: result, step: a}, «{else: b}]\n- step: b\n"),
        new("exit of an inner loop only", "exit_not_exclusive", "each_visit",
            "workflow:\n- step: a\n  next: b\n- step: b\n  next_mode: first\n  next: [{when: result, step: b}, c]\n"
            + "- step: c\n  next: [{when: result, step: a}, «d]\n- step: d\n"),
        new("each_visit of an edge that leaves no loop", "bad_value", "remove each_visit",
            "workflow:\n- step: a\n  next: [«{step: end, each_visit: true}]\n"),
        new("each_visit is text", "wrong_type", "",
            "workflow:\n- step: a\n  next: [{when: result, step: a}, {step: b, each_visit: «'yes'}]\n- step: b\n"),
        new("each_visit to where others lead", "exit_not_exclusive", "a step of its own",
            "workflow:\n- step: s\n  next: [a, b]\n- step: a\n  next: [{when: result, step: a}, «{step: b, each_visit: true}]\n- step: b\n"),
        new("each_visit to what comes behind the loop", "exit_not_exclusive", "a step of its own",
            "workflow:\n- step: a\n  next: b\n- step: b\n  next_mode: first\n"
            + "  next: [{when: result, step: a}, «{when: 'true', step: d, each_visit: true}, c]\n- step: c\n  next: d\n- step: d\n"),
        new("way out of a region of each visit", "exit_not_exclusive", "each_visit",
            "workflow:\n- step: a\n  next: [{when: result, step: a}, {step: b, each_visit: true}, {else: c}]\n"
            + "- step: b\n  next: «c\n- step: c\n"),
        new("back edge counted by n_of", "bad_value", "go back",
            "workflow:\n- step: s\n  next: a\n- step: a\n  join: «{n_of: 2}\n  next: [{when: result, step: a}]\n"),
    ];
}
