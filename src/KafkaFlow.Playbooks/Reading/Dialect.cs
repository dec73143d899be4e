namespace KafkaFlow.Playbooks.Reading;

/// <summary>The words of <c>noetl.io/v1</c>: which keys stand where, and which tools there are.</summary>
internal static class Dialect
{
    public const string ApiVersion = "noetl.io/v1";
    public const string Kind = "Playbook";
    public const string StartStep = "start";
    public const string EndStep = "end";
    public const string Workbook = "workbook";
    public const string Python = "python";
    public const string Postgres = "postgres";
    public const string Iterator = "iterator";
    public const string Child = "playbook";
    public const string Transform = "transform";
    public const string Wait = "wait";
    public const string Approval = "approval";

    public static KeySet Document { get; } = new("playbook",
        ["apiVersion", "kind", "metadata", "workload", "workbook", "workflow", "on_failure", "deadline"],
        Elsewhere: new Dictionary<string, string>
        {
            ["name"] = "write it as metadata.name", ["path"] = "write it as metadata.path",
            ["steps"] = "did you mean 'workflow'?", ["vars"] = "write defaults under workload",
        });

    private static readonly string[] LaterStepKeys = ["loop"];

    private static readonly Dictionary<string, string> OtherStepKeys = new()
    {
        ["type"] = "write it as tool", ["with"] = "write it as args", ["input"] = "write it as args",
        ["sink"] = "write it as save", ["case"] = "put conditions on edges: next: [{when, step}]",
        ["when"] = "put conditions on edges: next: [{when, step}]", ["id"] = "write it as step",
        ["description"] = "write it as desc",
    };

    private static readonly string[] StepKeys =
        ["step", "desc", "tool", "next", "save", "assert", "join", "next_mode", "compensate", "finally", "wait",
            "approval"];

    private static readonly string[] TaskKeys = ["desc", "tool", "save", "task"];

    private static readonly string[] ActionKeys = ["name", "desc", "tool", "assert"];

    private static readonly string[] WorkKeys = ["args", "timeout", "retry", "while"];

    public static KeySet Edge { get; } = new("edge",
        ["step", "when", "then", "else", "on_error", "args", "each_visit"], [],
        new Dictionary<string, string>
        {
            ["data"] = "write it as args", ["with"] = "write it as args", ["condition"] = "write it as when",
            ["if"] = "write it as when", ["target"] = "write it as step", ["to"] = "write it as step",
        });

    public static KeySet ThenTarget { get; } = new("target of then or else", ["step", "args"], [],
        new Dictionary<string, string> { ["when"] = "a target of then has no condition of its own" });

    public static KeySet Join { get; } = new("join", ["n_of"]);

    public static KeySet Timeout { get; } = new("timeout", ["queue", "attempt", "heartbeat", "total"]);

    /// <summary>Of what no worker does itself.</summary>
    public static KeySet TotalTimeout { get; } = new("timeout of a step without a worker", ["total"], [],
        new Dictionary<string, string>
        {
            ["attempt"] = "write it under task", ["queue"] = "write it under task",
            ["heartbeat"] = "write it under task",
        });

    public static KeySet Retry { get; } = new("retry",
        ["max_attempts", "initial_delay", "backoff_multiplier", "max_delay", "jitter", "retry_when", "stop_when",
            "non_retryable"]);

    public static KeySet While { get; } = new("while",
        ["condition", "break_when", "max_iterations", "timeout", "delay"]);

    public static KeySet WaitRule { get; } = new("wait", ["duration", "until", "signal", "timeout"]);

    public static KeySet ApprovalRule { get; } = new("approval", ["who", "form", "timeout"]);

    public static KeySet OrderBy { get; } = new("order_by", ["by", "descending"]);

    public static KeySet Tolerate { get; } = new("on_error", ["tolerate"]);

    /// <summary>Storages of <c>save</c> and whether this version has them.</summary>
    public static IReadOnlyDictionary<string, bool> Storages { get; } = new Dictionary<string, bool>
    {
        ["event"] = true, ["event_log"] = true,
        ["postgres"] = false, ["duckdb"] = false, ["http"] = false, ["python"] = false,
    };

    public static KeySet Save { get; } = new("save", ["storage", "tool", "type", "args", "data"]);

    public static KeySet SaveStorage { get; } = new("storage", ["tool", "type", "args", "data"]);

    public static KeySet Auth { get; } = new("auth", ["credential", "key", "name", "tool", "type"],
        ["source", "service", "scope", "inject", "fields"]);

    private static readonly Dictionary<string, ToolKind> Tools = new ToolKind[]
    {
        new(Python, ToolState.Available, ["code"]),
        new(Postgres, ToolState.Available, ["command", "commands", "query", "sql", "auth", "params", "transaction"]),
        new(Workbook, ToolState.Available, ["name"]),
        new("router", ToolState.PassesThrough, ["timeout"], StepKind.PassThrough),
        new(StartStep, ToolState.PassesThrough, ["timeout"], StepKind.PassThrough),
        new(EndStep, ToolState.PassesThrough, ["timeout"], StepKind.PassThrough),
        new("http", ToolState.Later, ["method", "url", "endpoint", "headers", "params", "payload", "data", "auth"]),
        new("duckdb", ToolState.Later, ["command", "commands", "query", "sql", "auth", "database"]),
        new("snowflake", ToolState.Later, ["command", "commands", "query", "sql", "auth"]),
        new(Iterator, ToolState.Available,
            ["collection", "element", "task", "mode", "concurrency", "where", "order_by", "limit", "chunk",
                "enumerate", "on_error", "timeout"], StepKind.Items),
        new(Child, ToolState.Available,
            ["path", "version", "return_step", "await_cancel", "args", "timeout"], StepKind.Child),
        new(Transform, ToolState.Available, ["value", "expression"], StepKind.Transform),
        new(Wait, ToolState.Available, ["duration", "until", "signal", "timeout"], StepKind.Wait),
        new(Approval, ToolState.Available, ["who", "form", "timeout"], StepKind.Approval),
        new("transfer", ToolState.Later, ["source", "target", "mapping", "chunk_size", "auth", "mode", "data_path"]),
        new("snowflake_transfer", ToolState.Later, ["source", "target", "chunk_size", "auth"]),
        new("javascript", ToolState.Later, ["code"]),
        new("agent", ToolState.Later, ["model", "prompt", "system", "tools", "auth", "endpoint"]),
        new("kafka", ToolState.Later, ["topic", "key", "value", "headers", "auth"]),
        new("secrets", ToolState.Later, ["provider", "project_id", "secret_name", "version"]),
        new("container", ToolState.Later, ["image", "command", "script"]),
    }.ToDictionary(tool => tool.Name);

    public static IEnumerable<string> ToolNames => Tools.Keys;

    /// <returns>The tool of a name; a name that the dialect does not have is served by somebody's own worker.</returns>
    public static ToolKind ToolOf(string name) =>
        Tools.TryGetValue(name, out var tool) ? tool : new(name, ToolState.External, []);

    /// <summary>What a step without <c>tool</c> is by the key <c>wait</c> or <c>approval</c>.</summary>
    public static ToolKind KindOfKey(string key) => Tools[key] with { Fields = [] };

    /// <summary>What a step without <c>tool</c> is.</summary>
    public static ToolKind NoTool => Tools["router"];

    /// <returns>A tool that has the key as a field of its own, the available ones first; null if none has.</returns>
    public static string? OwnerOf(string field) => field == "timeout" ? null : WorkKeys.Contains(field)
        ? Python : Tools.Values.OrderBy(t => t.State).FirstOrDefault(t => t.Fields.Contains(field))?.Name;

    /// <param name="tool">Null: a wrong one, which has been reported; then any tool's fields pass.</param>
    public static KeySet StepKeysFor(ToolKind? tool) => KeysFor("step", StepKeys, WorkKeys, LaterStepKeys, tool);

    /// <summary>Keys of the task of an iterator.</summary>
    public static KeySet TaskKeysFor(ToolKind? tool) =>
        KeysFor("task", TaskKeys, WorkKeys.Where(k => k != "while"), [.. LaterStepKeys, "while"], tool);

    public static KeySet ActionKeysFor(ToolKind? tool) =>
        KeysFor("workbook action", ActionKeys, ["args"],
            [.. LaterStepKeys, "save", "timeout", "retry", "while", "wait", "approval", "compensate", "finally"], tool);

    private static KeySet KeysFor(
        string place, string[] keys, IEnumerable<string> work, string[] later, ToolKind? tool)
    {
        if (tool is null)
        {
            var any = keys.Concat(work).Concat(Tools.Values.SelectMany(t => t.Fields)).Distinct();
            return new(place, [.. any.Except(later)], later, OtherStepKeys);
        }
        var fields = keys.Concat(tool.IsWork ? work : []).Concat(tool.Fields).Distinct();
        var described = tool.State switch
        {
            ToolState.External => $"{place} with a tool of your own",
            ToolState.PassesThrough => $"{place} without a tool",
            _ => $"{tool.Name} {place}",
        };
        return new(described, [.. fields], later, tool.Kind == StepKind.Items ? IteratorHints : OtherStepKeys);
    }

    private static readonly Dictionary<string, string> IteratorHints = new(OtherStepKeys)
    {
        ["retry"] = "each item has its own attempts: put retry under task", ["args"] = "put args under task",
        ["while"] = "write the loop as steps of a playbook and start it with task: {tool: playbook, ..}",
        ["code"] = "put it under task", ["command"] = "put it under task",
    };
}

internal enum ToolState { Available, PassesThrough, External, Later }

/// <summary>A tool of the dialect and the keys it adds to a step.</summary>
internal sealed record ToolKind(
    string Name, ToolState State, IReadOnlyList<string> Fields, StepKind Kind = StepKind.Task)
{
    /// <summary>A worker does it.</summary>
    public bool IsWork => State != ToolState.PassesThrough && Kind == StepKind.Task;
}
