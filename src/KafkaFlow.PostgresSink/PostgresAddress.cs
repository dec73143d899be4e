using Npgsql;

namespace KafkaFlow.PostgresSink;

/// <summary>Reads an address of Postgres as people write it: <c>postgresql://user:password@host:port/database</c> or
/// Npgsql's <c>Host=..;Port=..</c>.</summary>
public static class PostgresAddress
{
    private const int DefaultPort = 5432;

    /// <exception cref="ArgumentException">It is neither.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        var isUri = address.StartsWith("postgresql://", StringComparison.Ordinal)
            || address.StartsWith("postgres://", StringComparison.Ordinal);
        var builder = isUri ? FromUri(address) : new NpgsqlConnectionStringBuilder(address);
        if (string.IsNullOrEmpty(builder.Host)) throw new ArgumentException("it names no host");
        return builder;
    }

    /// <returns>null if it can be read, else one sentence. The address itself may hold a password and is not
    /// shown.</returns>
    public static string? Problem(string address)
    {
        try
        {
            Parse(address);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return "the Postgres address cannot be read; expected postgresql://USER@HOST:PORT/DATABASE or "
                + $"Host=..;Port=..;Username=..;Database=..: {e.Message}";
        }
    }

    /// <summary>Host, port, database and user; no password.</summary>
    public static string Describe(string address)
    {
        if (Problem(address) is not null) return "(unreadable address)";
        var parsed = Parse(address);
        return $"{parsed.Host}:{parsed.Port}/{parsed.Database} as {parsed.Username}";
    }

    private static NpgsqlConnectionStringBuilder FromUri(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)) throw new FormatException("it is no URI");
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : DefaultPort,
        };
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        if (uri.AbsolutePath.Length > 1) builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (n, v) : (pair, "");
            builder[NameOf(Uri.UnescapeDataString(name))] = Uri.UnescapeDataString(value);
        }
        return builder;
    }

    /// <summary>libpq's words that Npgsql spells otherwise.</summary>
    private static string NameOf(string parameter) => parameter switch
    {
        "sslmode" => "SSL Mode",
        "application_name" => "Application Name",
        "connect_timeout" => "Timeout",
        "sslrootcert" => "Root Certificate",
        _ => parameter,
    };
}
