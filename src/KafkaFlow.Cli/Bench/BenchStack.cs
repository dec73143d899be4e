using System.Diagnostics;
using System.Globalization;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Commands;
using KafkaFlow.Cli.Output;
using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Cli.Bench;

/// <summary>
/// What a benchmark runs on: a Kafka (started here unless one is named), topics under a private prefix, an engine and,
/// if asked for, a sink in this process, and a worker of the external type <c>echo</c> in a process of its own.
/// </summary>
internal sealed class BenchStack : IAsyncDisposable
{
    public const string NodeType = TaskHandlers.Echo;
    private readonly ScratchDirectory _scratch;
    private readonly ILoggerFactory _loggers;
    private LocalStack? _servers;
    private Hosts? _hosts;
    private ChildProcess? _worker;

    private BenchStack(ScratchDirectory scratch, ILoggerFactory loggers)
    {
        _scratch = scratch;
        _loggers = loggers;
    }

    public required Cluster Cluster { get; init; }

    public string? Postgres { get; private set; }

    public static async Task<BenchStack> StartAsync(CommandContext context, bool withSink, CancellationToken cancel)
    {
        var scratch = new ScratchDirectory("bench");
        var loggers = Logging.Create(context.Settings.LogLevel, quiet: true);
        var plan = new StackPlan(
            scratch.FullPath, context.Settings.KafkaHome, PostgresPort: withSink ? 0 : null);
        var prefix = $"bench{Guid.NewGuid():N}"[..13];
        var servers =
            await LocalStack.StartAsync(
                context.Settings with { Prefix = prefix }, plan, context.Report, loggers, cancel);
        await servers.PostgresReadyAsync();
        using (var admin = new TopicAdmin(servers.Settings.Kafka))
        {
            await admin.ApplyAsync(prefix);
            await admin.EnsureTasksTopicAsync(prefix, NodeType);
        }
        var stack = new BenchStack(scratch, loggers)
        {
            Cluster = await Cluster.ConnectAsync(servers.Settings, loggers, cancel),
            _servers = servers,
        };
        stack.StartParts(withSink);
        return stack;
    }

    private void StartParts(bool withSink)
    {
        var settings = Cluster.Settings;
        _hosts = new Hosts(settings, Cluster.Serdes, _loggers);
        _hosts.StartEngine(Path.Combine(_scratch.FullPath, "state"));
        if (withSink)
        {
            Postgres = _servers!.PostgresUri ?? throw CliException.Unavailable("no Postgres for --sink");
            _hosts.StartSink(Postgres);
        }
        string[] arguments =
        [
            "worker", "run", "--types", NodeType, "--concurrency", "256", "--bootstrap", settings.Bootstrap!,
            "--prefix", settings.Prefix, "--data", Path.Combine(_scratch.FullPath, "worker"),
            .. settings.Raw.SelectMany(pair => new[] { "-X", $"{pair.Key}={pair.Value}" }),
        ];
        _worker = ChildProcess.Start(
            Environment.ProcessPath!, arguments, Path.Combine(_scratch.FullPath, "worker.log"));
    }

    /// <exception cref="CliException">A part has failed; carries its message.</exception>
    public void ThrowIfFailed()
    {
        if (_worker!.HasExited)
            throw new CliException(ExitCodes.Failure, "worker_ended",
                $"the worker process ended; see {_worker.LogFile}");
        var failed = _hosts!.FailedAsync(CancellationToken.None);
        if (failed.IsCompleted) failed.GetAwaiter().GetResult();
    }

    /// <summary>User and system time of all parts so far: this process, the worker, Kafka and Postgres if started
    /// here.</summary>
    public static double CpuMs()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalMilliseconds + ProcessTree.CpuMs(self.Id);
    }

    /// <summary>Resident memory of this process and the worker.</summary>
    public long RssBytes()
    {
        using var self = Process.GetCurrentProcess();
        using var worker = Process.GetProcessById(_worker!.Pid);
        return self.WorkingSet64 + worker.WorkingSet64;
    }

    public long TasksOnTopic()
    {
        var reader = KafkaClients.Consumer(KafkaClients.ConsumerConfig(Cluster.Settings.Kafka, "kf-bench"));
        using (reader)
        {
            var topic = Cluster.Topics.Tasks(NodeType);
            var partitions = KafkaClients.WarmUp(reader.Handle, [topic], TimeSpan.FromSeconds(10))[topic];
            return Enumerable.Range(0, partitions).Sum(p =>
                reader.QueryWatermarkOffsets(new(topic, p), TimeSpan.FromSeconds(10)).High.Value);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null) await _worker.DisposeAsync();
        if (_hosts is not null) await _hosts.DisposeAsync();
        Cluster.Dispose();
        if (_servers is not null) await _servers.DisposeAsync();
        _loggers.Dispose();
        _scratch.Dispose();
    }
}

/// <summary>Processor time of the processes below one, from /proc.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100; // USER_HZ, fixed on Linux

    public static double CpuMs(int root)
    {
        var processes = new Dictionary<int, (int Parent, double Ms)>();
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(d[^1])))
            if (Read(directory) is { } process) processes[process.Pid] = (process.Parent, process.Ms);
        return processes.Where(p => IsBelow(p.Key, root, processes)).Sum(p => p.Value.Ms);
    }

    private static bool IsBelow(int pid, int root, Dictionary<int, (int Parent, double Ms)> processes)
    {
        const int maxDepth = 64;
        for (var depth = 0; depth < maxDepth && processes.TryGetValue(pid, out var process); depth++)
        {
            if (process.Parent == root) return true;
            pid = process.Parent;
        }
        return false;
    }

    private static (int Pid, int Parent, double Ms)? Read(string directory)
    {
        try
        {
            var stat = File.ReadAllText($"{directory}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return (int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture),
                int.Parse(fields[1], CultureInfo.InvariantCulture), ticks * 1000 / TicksPerSecond);
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }
}
