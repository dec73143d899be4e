namespace KafkaFlow.LocalServers;

/// <summary>One KRaft node of a Kafka installation (<c>KAFKA_HOME</c>) on loopback, with a data directory of its own.
/// </summary>
public sealed class KafkaServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private readonly string _home;
    private readonly string _directory;
    private readonly int _controllerPort;
    private ChildProcess? _process;

    private KafkaServer(string home, string directory, int port, int controllerPort)
    {
        _home = home;
        _directory = directory;
        Port = port;
        _controllerPort = controllerPort;
    }

    public int Port { get; }

    public string Bootstrap => $"127.0.0.1:{Port}";

    public int Pid => _process?.Pid ?? 0;

    /// <returns>null if <paramref name="home"/> is a Kafka installation, else what is wrong with it.</returns>
    public static string? ProblemOf(string? home)
    {
        if (string.IsNullOrEmpty(home)) return "KAFKA_HOME is not set; expected the directory of a Kafka installation";
        return File.Exists(Path.Combine(home, "bin", "kafka-server-start.sh"))
            ? null
            : $"KAFKA_HOME is {home}; expected bin/kafka-server-start.sh in it";
    }

    /// <param name="directory">Holds configuration, log segments and the server's log; created if absent. Data of an
    /// earlier start is kept.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="LocalServerException">No installation, port in use, or the server did not start.</exception>
    public static async Task<KafkaServer> StartAsync(string home, string directory, int port, CancellationToken cancel)
    {
        if (ProblemOf(home) is { } problem) throw new LocalServerException(problem);
        if (port != 0 && !Ports.IsFree(port))
            throw new LocalServerException($"port {port} for Kafka is in use by {Ports.HolderOf(port)}");
        var free = Ports.Free(2);
        var server = new KafkaServer(home, Path.GetFullPath(directory), port == 0 ? free[0] : port, free[1]);
        await server.StartAsync(cancel);
        return server;
    }

    /// <summary>Starts again after <see cref="StopAsync"/> or <see cref="KillAsync"/>, same ports and data.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(_directory);
        var config = Path.Combine(_directory, "server.properties");
        var data = Path.Combine(_directory, "data");
        await File.WriteAllTextAsync(config, Configuration(data), cancel);
        if (!File.Exists(Path.Combine(data, "meta.properties"))) await FormatAsync(data, cancel);

        var log = Path.Combine(_directory, "server.log");
        var logLengthBefore = File.Exists(log) ? new FileInfo(log).Length : 0;
        _process = ChildProcess.Start(Script("kafka-server-start.sh"), [config], log, environment: Environment());
        await _process.WaitUntilAsync(
            () => Ports.Answers(Port) && LogSaysStarted(log, logLengthBefore), StartTimeout, "Kafka", cancel);
    }

    public async Task StopAsync()
    {
        if (_process is { } process) await process.DisposeAsync();
        _process = null;
    }

    /// <summary>kill -9 of the broker; its data stays.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process) await process.KillAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private string Script(string name) => Path.Combine(_home, "bin", name);

    private Dictionary<string, string> Environment() => new()
    {
        ["KAFKA_HEAP_OPTS"] = "-Xms256m -Xmx512m",
        ["LOG_DIR"] = Path.Combine(_directory, "logs"),
    };

    private string Configuration(string data) => $"""
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:{_controllerPort}
        listeners=PLAINTEXT://127.0.0.1:{Port},CONTROLLER://127.0.0.1:{_controllerPort}
        advertised.listeners=PLAINTEXT://127.0.0.1:{Port}
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
        log.dirs={data}
        num.partitions=1
        auto.create.topics.enable=false
        offsets.topic.num.partitions=4
        offsets.topic.replication.factor=1
        transaction.state.log.num.partitions=4
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
        group.initial.rebalance.delay.ms=0

        """;

    /// <summary>
    /// What <c>kafka-storage.sh format</c> writes for one node, without the two seconds of its Java. A node that finds
    /// no
    /// bootstrap checkpoint takes the newest metadata version of its own release.
    /// </summary>
    private static Task FormatAsync(string data, CancellationToken cancel)
    {
        Directory.CreateDirectory(data);
        return File.WriteAllTextAsync(
            Path.Combine(data, "meta.properties"),
            $"version=1\nnode.id=1\ncluster.id={NewId()}\ndirectory.id={NewId()}\n", cancel);
    }

    private static string NewId() =>
        Convert.ToBase64String(Guid.NewGuid().ToByteArray()).Replace('+', 'a').Replace('/', 'b').TrimEnd('=');

    private static bool LogSaysStarted(string log, long from)
    {
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(Math.Min(from, stream.Length), SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Contains("Kafka Server started", StringComparison.Ordinal);
    }
}
