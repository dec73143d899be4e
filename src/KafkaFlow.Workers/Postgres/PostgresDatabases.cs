using Npgsql;

namespace KafkaFlow.Workers.Postgres;

/// <summary>One connection pool and one ledger per credential. Thread-safe; owns the pools.</summary>
internal sealed class PostgresDatabases(int maxConnections) : IDisposable
{
    private const int MaxDatabases = 64;
    private const int ConnectTimeoutSeconds = 15;
    private const int DefaultPort = 5432;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PostgresDatabase> _databases = [];

    /// <param name="problem">The key that the credential lacks, else empty.</param>
    public PostgresDatabase? Find(Credential credential, out string problem)
    {
        var text = ConnectionStringOf(credential, out problem);
        if (text is null) return null;
        lock (_gate)
        {
            if (_databases.TryGetValue(text, out var known)) return known;
            if (_databases.Count == MaxDatabases)
            {
                // Credentials that changed leave old pools behind; begin anew rather than grow.
                foreach (var old in _databases.Values) old.Dispose();
                _databases.Clear();
            }
            return _databases[text] = new PostgresDatabase(NpgsqlDataSource.Create(text));
        }
    }

    public void Dispose()
    {
        foreach (var database in _databases.Values) database.Dispose();
    }

    private string? ConnectionStringOf(Credential credential, out string problem)
    {
        problem = "";
        var host = credential.Find("db_host", "host");
        var user = credential.Find("db_user", "user", "username");
        var database = credential.Find("db_name", "database", "dbname");
        var port = credential.Find("db_port", "port");
        var portNumber = DefaultPort;
        if (host is null) problem = "data.db_host is missing";
        else if (user is null) problem = "data.db_user is missing";
        else if (database is null) problem = "data.db_name is missing";
        else if (port is not null && !int.TryParse(port, out portNumber)) problem = "data.db_port is no number";
        if (problem.Length > 0) return null;
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = host,
            Port = portNumber,
            Username = user,
            Database = database,
            Password = credential.Find("db_password", "password"),
            MaxPoolSize = maxConnections,
            Timeout = ConnectTimeoutSeconds,
            CommandTimeout = 0, // the attempt's timeout cancels
            ApplicationName = "kafkaflow-worker",
            GssEncryptionMode = GssEncryptionMode.Disable,
            IncludeErrorDetail = true,
        };
        if (credential.Find("sslmode") is { } mode && Enum.TryParse<SslMode>(mode.Replace("-", ""), true, out var ssl))
            builder.SslMode = ssl;
        return builder.ConnectionString;
    }
}

/// <summary>A pool and the ledger behind it, which is opened once.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private TaskLedger? _ledger;

    public NpgsqlDataSource Source => source;

    public async Task<TaskLedger> LedgerAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (_ledger is { } known) return known;
        await _gate.WaitAsync(cancel);
        try
        {
            return _ledger ??= await TaskLedger.OpenAsync(connection, cancel);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The table may have been dropped behind our back: look again next time.</summary>
    public void ForgetLedger() => _ledger = null;

    public void Dispose()
    {
        source.Dispose();
        _gate.Dispose();
    }
}
