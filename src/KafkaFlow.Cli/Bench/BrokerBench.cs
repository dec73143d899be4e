using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Confluent.Kafka.Admin;
using KafkaFlow.Cli.Commands;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;

namespace KafkaFlow.Cli.Bench;

/// <summary>
/// <c>bench broker</c>: the embedded broker, in a process of its own, beside the Kafka of KAFKA_HOME. Both serve the
/// same clients in turns of the same run, librdkafka and Kafka's own Java tools; a ratio is the median over the turns
/// of embedded / Kafka.
/// </summary>
internal static partial class BrokerBench
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The rates of a machine drift within seconds, so librdkafka's turns are short; a Java tool has a virtual
    /// machine to start and warm up in each.</summary>
    private const int NativeTurnsInRound = 5;

    /// <param name="Records">Written to each broker in all, half by each kind of client.</param>
    public sealed record Plan(int Records, int Rounds)
    {
        public int PerRound => Math.Max(NativeTurnsInRound, Records / 2 / Rounds);
    }

    public static async Task<BenchResult> RunAsync(CommandContext context, Plan plan, CancellationToken cancel)
    {
        if (KafkaServer.ProblemOf(context.Settings.KafkaHome) is { } problem) throw CliException.Unavailable(problem);
        var home = context.Settings.KafkaHome!;
        using var scratch = new ScratchDirectory("bench");
        await using var embedded = await StartEmbeddedAsync(scratch.FullPath, cancel);
        await using var kafka = await StartKafkaAsync(home, scratch.FullPath, cancel);
        BrokerSide[] sides = [embedded, kafka];
        foreach (var side in sides) await CreateTopicsAsync(side, context);
        var probes = sides.Select(side => new BrokerProbe(side, home)).ToList();
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var probe in InTurn(probes, round)) probe.Hop(cancel);
            for (var turn = 0; turn < NativeTurnsInRound; turn++)
                foreach (var probe in InTurn(probes, round + turn))
                    probe.Native(plan.PerRound / NativeTurnsInRound, cancel);
            foreach (var probe in InTurn(probes, round)) await probe.JavaAsync(plan.PerRound, cancel);
            foreach (var side in sides)
                context.Report.Talk($"round {round + 1} of {plan.Rounds}, {side.Name}: {side.LastTurn()}");
        }
        foreach (var side in sides) side.NoteMemory();
        return ResultOf(plan, embedded, kafka);
    }

    private static IEnumerable<BrokerProbe> InTurn(IEnumerable<BrokerProbe> probes, int turn) =>
        turn % 2 == 0 ? probes : probes.Reverse();

    [GeneratedRegex(@"ready in (\d+) ms kafka=(\S+)\s")]
    private static partial Regex Ready();

    private static async Task<BrokerSide> StartEmbeddedAsync(string directory, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var data = Path.Combine(directory, "embedded");
        var process = ChildProcess.Start(
            Environment.ProcessPath!, ["broker", "run", "--port", "0", "--data", data], $"{data}.log");
        Match ready = Match.Empty;
        await process.WaitUntilAsync(
            () => (ready = Ready().Match(File.ReadAllText(process.LogFile))).Success, ReadyTimeout,
            "the embedded broker", cancel);
        var side = new BrokerSide("embedded", ready.Groups[2].Value, process.Pid, process);
        side.Note("start_call_ms", double.Parse(ready.Groups[1].Value, CultureInfo.InvariantCulture));
        side.Note("start_ms", clock.Elapsed.TotalMilliseconds);
        return side;
    }

    private static async Task<BrokerSide> StartKafkaAsync(string home, string directory, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var server = await KafkaServer.StartAsync(home, Path.Combine(directory, "kafka"), 0, cancel);
        var side = new BrokerSide("kafka", server.Bootstrap, server.Pid, server);
        side.Note("start_ms", clock.Elapsed.TotalMilliseconds);
        return side;
    }

    private static async Task CreateTopicsAsync(BrokerSide side, CommandContext context)
    {
        var settings = context.Settings with { Bootstrap = side.Bootstrap };
        using var admin = KafkaClients.Admin(settings.Kafka);
        await admin.CreateTopicsAsync(BrokerProbe.Topics.Select(topic =>
            new TopicSpecification { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }));
        side.Settings = settings.Kafka;
    }

    private static BenchResult ResultOf(Plan plan, BrokerSide embedded, BrokerSide kafka)
    {
        var ratios = new JsonObject();
        foreach (var name in kafka.Figures.Keys) ratios[name] = Math.Round(embedded.RatioTo(kafka, name), 2);
        var result = new JsonObject { [embedded.Name] = embedded.ToJson(), [kafka.Name] = kafka.ToJson() };
        var isWhole = embedded.IsCorrect && kafka.IsCorrect;
        return new("broker", 0, plan.Rounds, [], result, ratios, new(true, isWhole, null, true),
            new JsonObject
            {
                ["records"] = plan.Records, ["rounds"] = plan.Rounds, ["record_bytes"] = BrokerProbe.RecordBytes,
                ["partitions"] = 1, ["sink"] = false,
            });
    }
}

/// <summary>One of the two brokers and what was measured of it, turn by turn.</summary>
internal sealed class BrokerSide(string name, string bootstrap, int pid, IAsyncDisposable server) : IAsyncDisposable
{
    public string Name => name;

    public string Bootstrap => bootstrap;

    public KafkaSettings Settings { get; set; } = new() { Bootstrap = bootstrap };

    /// <summary>False once a record was missing or out of place.</summary>
    public bool IsCorrect { get; set; } = true;

    public Dictionary<string, List<double>> Figures { get; } = [];

    public void Note(string figure, double value)
    {
        if (!Figures.TryGetValue(figure, out var values)) Figures[figure] = values = [];
        values.Add(value);
    }

    public double CpuMs()
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime.TotalMilliseconds;
    }

    public void NoteMemory()
    {
        using var process = Process.GetProcessById(pid);
        Note("resident_mib", process.WorkingSet64 / 1024.0 / 1024);
    }

    public double RatioTo(BrokerSide other, string figure) =>
        Median(Figures[figure].Zip(other.Figures[figure], (own, others) => own / others));

    public string LastTurn() => string.Join(
        ", ", Figures.Where(f => !f.Key.StartsWith("start", StringComparison.Ordinal))
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value[^1]:0.###}")));

    public JsonObject ToJson()
    {
        var figures = new JsonObject();
        foreach (var (figure, values) in Figures)
        {
            var median = Median(values);
            figures[figure] = Math.Round(median, median < 100 ? 3 : 0);
        }
        return figures;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
