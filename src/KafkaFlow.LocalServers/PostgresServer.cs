using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace KafkaFlow.LocalServers;

/// <summary>
/// A private Postgres cluster on loopback, started from the system's binaries. Postgres refuses root, so with uid 0 it
/// runs as the system user <c>postgres</c> in a directory that user can reach.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "kafkaflow";
    public const string Database = "kafkaflow";
    public const string DebianVersions = "/usr/lib/postgresql";
    private static readonly string[] Programs = ["initdb", "postgres"];
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly string _bin;
    private readonly string _data;
    private readonly string _log;
    private ChildProcess? _process;

    private PostgresServer(string bin, string data, string log, int port)
    {
        _bin = bin;
        _data = data;
        _log = log;
        Port = port;
    }

    public int Port { get; }

    public string DataDirectory => _data;

    public string ConnectionString => ConnectionStringFor(Database);

    public string ConnectionStringFor(string database) =>
        $"Host=127.0.0.1;Port={Port};Username={User};Database={database}";

    public string Uri => $"postgresql://{User}@127.0.0.1:{Port}/{Database}";

    /// <returns>The directory with initdb and postgres: <c>PG_BIN</c>, else the newest of Debian's, else the first of
    /// <c>PATH</c>; null if none.</returns>
    public static string? FindBinaries() => FindBinaries(Environment.GetEnvironmentVariable, DebianVersions);

    /// <inheritdoc cref="FindBinaries()"/>
    /// <param name="variable">Looks up <c>PG_BIN</c> and <c>PATH</c>.</param>
    /// <param name="versions">Parent of <c>VERSION/bin</c> directories.</param>
    public static string? FindBinaries(Func<string, string?> variable, string versions)
    {
        if (variable("PG_BIN") is { Length: > 0 } named) return MissingIn(named) is null ? named : null;
        var installed = Directory.Exists(versions) ? Directory.GetDirectories(versions) : [];
        return installed
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .Concat((variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(directory => MissingIn(directory) is null);
    }

    /// <returns>The program of a server that a directory lacks; null if it has all.</returns>
    public static string? MissingIn(string directory) =>
        Array.Find(Programs, program => !File.Exists(Path.Combine(directory, program)));

    /// <returns>null if there are binaries, else where they were looked for and how to get them.</returns>
    public static string? Problem() => FindBinaries() is not null ? null
        : Environment.GetEnvironmentVariable("PG_BIN") is { Length: > 0 } named
        ? $"PG_BIN is {named}; expected initdb and postgres in it"
        : "no Postgres binaries in /usr/lib/postgresql/*/bin or PATH; install them with 'apt-get install postgresql', "
            + "or name their directory in PG_BIN";

    /// <summary>Finds binaries, port and directory; <see cref="StartAsync(CancellationToken)"/> starts it.</summary>
    /// <param name="directory">Wanted parent of the cluster's data; kept over restarts.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <exception cref="LocalServerException">No binaries, or port in use.</exception>
    public static PostgresServer In(string directory, int port)
    {
        var bin = FindBinaries() ?? throw new LocalServerException(Problem()!);
        if (port != 0 && !Ports.IsFree(port))
            throw new LocalServerException($"port {port} for Postgres is in use by {Ports.HolderOf(port)}");
        var data = ReachableDirectory(Path.GetFullPath(directory));
        var log = Path.Combine(Path.GetDirectoryName(data)!, Path.GetFileName(data) + ".log");
        return new PostgresServer(bin, data, log, port == 0 ? Ports.Free(1)[0] : port);
    }

    /// <inheritdoc cref="In"/>
    /// <exception cref="LocalServerException">No binaries, port in use, or the server did not start.</exception>
    public static async Task<PostgresServer> StartAsync(string directory, int port, CancellationToken cancel)
    {
        var server = In(directory, port);
        await server.StartAsync(cancel);
        return server;
    }

    /// <summary>Starts it, or starts it again after <see cref="StopAsync"/>: same port and data.</summary>
    /// <exception cref="LocalServerException">It did not start; the message carries the end of its log.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var isNew = !File.Exists(Path.Combine(_data, "PG_VERSION"));
        if (isNew) await InitializeAsync(cancel);
        string[] arguments =
        [
            "-D", _data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=on", "-c", "max_connections=100",
        ];
        var (program, prefix) = AsPostgresUser(Path.Combine(_bin, "postgres"));
        _process = ChildProcess.Start(program, [.. prefix, .. arguments], _log, "INT", workingDirectory: "/");
        await _process.WaitUntilAsync(() => Ports.Answers(Port) && IsReady(), StartTimeout, "Postgres", cancel);
        if (isNew) await RunAsync("createdb", ["-h", "127.0.0.1", "-p", $"{Port}", "-U", User, Database], cancel);
    }

    public async Task StopAsync()
    {
        if (_process is { } process) await process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task InitializeAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(_data);
        if (IsRoot) await RunProgramAsync("chown", ["postgres:postgres", _data], cancel);
        await RunAsync("initdb",
            ["-D", _data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], cancel);
    }

    private bool IsReady()
    {
        var (program, prefix) = AsPostgresUser(Path.Combine(_bin, "pg_isready"));
        using var process = Process.Start(new ProcessStartInfo(
            program, [.. prefix, "-q", "-h", "127.0.0.1", "-p", $"{Port}", "-d", "postgres"]) { WorkingDirectory =
                "/" });
        return process is not null && process.WaitForExit(StartTimeout) && process.ExitCode == 0;
    }

    private async Task RunAsync(string tool, string[] arguments, CancellationToken cancel)
    {
        var (program, prefix) = AsPostgresUser(Path.Combine(_bin, tool));
        await RunProgramAsync(program, [.. prefix, .. arguments], cancel);
    }

    private static async Task RunProgramAsync(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start) ?? throw new LocalServerException($"{program} did not start");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(StartTimeout);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
            throw new LocalServerException($"{program} ended with {process.ExitCode}: {await error}");
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static (string Program, string[] Prefix) AsPostgresUser(string program) => IsRoot
        ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program])
        : (program, []);

    /// <summary>As root the wanted directory may lie below one that user postgres cannot enter, such as
    /// /root.</summary>
    private static string ReachableDirectory(string wanted)
    {
        Directory.CreateDirectory(wanted);
        if (!IsRoot) return wanted;
        var (program, prefix) = AsPostgresUser("test");
        using var probe =
            Process.Start(new ProcessStartInfo(program, [.. prefix, "-x", wanted]) { WorkingDirectory = "/" });
        if (probe is not null && probe.WaitForExit(StartTimeout) && probe.ExitCode == 0) return wanted;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..12];
        return Path.Combine(Path.GetTempPath(), $"kafkaflow-postgres-{hash}");
    }
}
