using System.CommandLine;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;
using KafkaFlow.Contracts;
using KafkaFlow.Engine;
using KafkaFlow.PostgresSink;
using Npgsql;
using Command = System.CommandLine.Command;
using EngineCore = KafkaFlow.Engine.Engine;

namespace KafkaFlow.Cli.Commands;

/// <summary>
/// <c>execution replay ID [--at SEQ]</c>: folds the facts of one source into state, up to one of them, and holds them
/// against what else is recorded: the rows against the records, field by field, and each decision against what the
/// engine decides now, given the same command.
/// </summary>
internal static class ExecutionReplay
{
    public static Command Create(GlobalOptions global)
    {
        var id = new Argument<string>("ID");
        var from =
            new Option<string>("--from") { Description = "kafka or postgres", DefaultValueFactory = _ => "kafka" };
        from.AcceptOnlyFromAmong("kafka", "postgres");
        var at = new Option<long?>("--at") { Description = "the state after the event of this seq; default the last" };
        at.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(long.TryParse(result.Tokens[0].Value, out var seq) && seq > 0))
                result.AddError($"--at is {result.Tokens[0].Value}; expected the seq of an event, from 1");
        });
        var command = new Command("replay", "Rebuild an execution's state from its events.") { id, from, at };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            var execution = parsed.GetValue(id)!;
            var source = parsed.GetValue(from)!;
            var history = ExecutionHistory.Read(cluster, execution, cancel);
            var end = parsed.GetValue(at) ?? long.MaxValue;
            if (end != long.MaxValue && end > history.Facts[^1].Seq)
                throw CliException.NotFound(
                    $"execution {execution} has {history.Facts[^1].Seq} events; --at is {end}",
                    $"see: kafkaflow execution events {execution}");
            var log = UpTo(end, history.Facts);
            var rows = await ReadRowsAsync(cluster, execution, required: source == "postgres", cancel);
            if (rows is not null) rows = UpTo(end, rows);
            var facts = source == "postgres" ? rows! : log;
            if (facts.Count == 0) throw ExecutionHistory.Unknown(execution);
            var state = facts.Aggregate((ExecutionState?)null, EngineCore.Evolve)!;
            List<string> differences =
                [.. Differences(log, rows), .. RecordedDecisions.Differences(history, end, cluster, cancel)];
            Show(context.Report, execution, source, facts, state, differences);
            return differences.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
        });
        return command;
    }

    private static IReadOnlyList<ExecutionEvent> UpTo(long seq, IReadOnlyList<ExecutionEvent> facts) =>
        [.. facts.TakeWhile(fact => fact.Seq <= seq)];

    private static void Show(
        Report report, string execution, string source, IReadOnlyList<ExecutionEvent> facts, ExecutionState state,
        List<string> differences)
    {
        var hash = StateCodec.StateHash(state);
        var document = new JsonObject
        {
            ["execution_id"] = execution, ["source"] = source, ["at_seq"] = facts[^1].Seq, ["facts"] = facts.Count,
            ["state_hash"] = hash, ["matches"] = differences.Count == 0,
            ["differences"] = new JsonArray([.. differences.Select(d => JsonValue.Create(d))]),
            ["state"] = StateJson(state),
        };
        report.Document(document, o =>
        {
            o.WriteLine(
                $"{execution}: {facts.Count} facts from {source}, after seq {facts[^1].Seq} {facts[^1].EventType}");
            o.WriteLine($"status  {state.Status.ToString().ToUpperInvariant()}, graph version {state.GraphVersion}");
            foreach (var a in state.Activations.Values.OrderBy(a => a.StartSeq))
                o.WriteLine($"  {a.Id,-24} {a.Phase.ToString().ToUpperInvariant(),-14} attempt {a.Attempt}  "
                    + Shortened(a.Error ?? a.Result));
            foreach (var (name, value) in state.Vars) o.WriteLine($"  vars.{name} = {Shortened(value)}");
            foreach (var waiting in Waiting.For(state)) o.WriteLine($"waits   {waiting.What}");
            o.WriteLine($"state   {hash}");
            o.WriteLine(differences.Count == 0
                ? "matches" : $"differs from what is recorded:\n  {string.Join("\n  ", differences)}");
        });
    }

    private static JsonObject StateJson(ExecutionState state) => new()
    {
        ["status"] = state.Status.ToString().ToUpperInvariant(), ["last_seq"] = state.LastSeq,
        ["live"] = state.Live, ["graph_version"] = state.GraphVersion,
        ["activations"] = new JsonArray([.. state.Activations.Values.Select(a => new JsonObject
        {
            ["activation"] = a.Id, ["phase"] = a.Phase.ToString().ToUpperInvariant(), ["attempt"] = a.Attempt,
            ["result"] = EventJson.Parse(a.Result), ["error"] = EventJson.Parse(a.Error),
        })]),
        ["vars"] = new JsonObject(state.Vars.Select(v => KeyValuePair.Create(v.Key, EventJson.Parse(v.Value)))),
        ["signals"] = new JsonArray([.. state.Signals.Values.Select(signal => JsonValue.Create(signal.Name))]),
    };

    private static string Shortened(string? json)
    {
        const int shown = 100;
        return json is { Length: > shown } ? json[..shown] + " .." : json ?? "";
    }

    /// <summary>Where the table has the execution, each of its rows must be the record of the same number.</summary>
    private static List<string> Differences(IReadOnlyList<ExecutionEvent> log, IReadOnlyList<ExecutionEvent>? rows)
    {
        var differences = new List<string>();
        if (rows is null || rows.Count == 0) return differences;
        var bySeq = rows.ToDictionary(r => r.Seq);
        foreach (var fact in log)
            if (!bySeq.Remove(fact.Seq, out var row))
                differences.Add($"seq {fact.Seq} {fact.EventType} is not in Postgres");
            else if (!EventRows.AreSame(fact, row))
                differences.Add($"seq {fact.Seq} {fact.EventType} differs in Postgres");
        differences.AddRange(bySeq.Keys.Order().Select(seq => $"seq {seq} is in Postgres but not in Kafka"));
        return differences;
    }

    private static async Task<IReadOnlyList<ExecutionEvent>?> ReadRowsAsync(
        Cluster cluster, string execution, bool required, CancellationToken cancel)
    {
        if (cluster.Settings.Postgres is not { } address || address == CliSettings.NoPostgres)
            return required
                ? throw CliException.Unavailable("no Postgres address", "name one with --postgres URI")
                : null;
        try
        {
            await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(address));
            return await EventRows.ReadAsync(source, execution, cluster.PartitionOf(execution), cancel);
        }
        catch (NpgsqlException failure) when (!required)
        {
            _ = failure; // the log alone is a full answer
            return null;
        }
    }
}
