using KafkaFlow.LocalServers;

namespace KafkaFlow.Doctor.Local;

/// <summary>Programs that parts of the product, or its users, start.</summary>
internal static class Programs
{
    private const string DefaultPython = "/usr/bin/python3";
    private const string InstallPostgres = "apt-get install -y postgresql, or set PG_BIN to the directory of initdb";

    public static IEnumerable<Check> Checks(DoctorOptions options)
    {
        var at = options.Surroundings;
        return
        [
            Check.Blocking("postgres_binaries", InstallPostgres, () => PostgresBinaries(at)),
            Script(at, "python3", "KAFKAFLOW_PYTHON", DefaultPython, CheckStatus.Fail),
            Script(at, "node", "KAFKAFLOW_NODE", "node", CheckStatus.Warn),
            OnPath(at, "kcat", "-V", "apt-get install -y kcat"),
            OnPath(at, "psql", "--version", "apt-get install -y postgresql-client"),
        ];
    }

    /// <summary>The interpreter of a node type: the named one, else the usual one, and it must run.</summary>
    /// <param name="status">If it is absent: <c>warn</c> where no built-in node type needs it.</param>
    private static Check Script(Surroundings at, string name, string variable, string usual, CheckStatus status)
    {
        var fix = $"apt-get install -y {(name == "node" ? "nodejs" : name)}, or set {variable}";
        return new(name, fix, async cancel =>
        {
            var wanted = at.Variable(variable) is { Length: > 0 } named ? named : usual;
            var expected = $"{wanted} runs, for script steps";
            if (at.Find(wanted) is not { } program) return new(status, $"{wanted} is not there", expected, fix);
            try
            {
                return Finding.Ok($"{program}: {await Surroundings.VersionOfAsync(program, "--version", cancel)}");
            }
            catch (IOException e)
            {
                return new(status, e.Message, expected, fix);
            }
        });
    }

    private static Check OnPath(Surroundings at, string program, string argument, string fix) =>
        new(program, fix, async cancel =>
        {
            if (at.Find(program) is not { } path) return Finding.Warn("not on PATH", "on PATH, to look at things", fix);
            try
            {
                return Finding.Ok($"{path}: {await Surroundings.VersionOfAsync(path, argument, cancel)}");
            }
            catch (IOException e)
            {
                return Finding.Warn(e.Message, "it runs, to look at things", fix);
            }
        });

    /// <summary>Without them <c>dev</c> runs without the sink.</summary>
    private static Finding PostgresBinaries(Surroundings at)
    {
        const string expected = "initdb and postgres, for the private Postgres of dev and up";
        var bin = PostgresServer.FindBinaries(at.Variable, at.PostgresVersions);
        if (at.Variable("PG_BIN") is { Length: > 0 } named)
        {
            return bin is null
                ? Finding.Fail(
                    $"PG_BIN={named} has no {PostgresServer.MissingIn(named)}", expected,
                    "set PG_BIN to the directory of initdb, or unset it")
                : Finding.Ok($"{named} (PG_BIN)");
        }
        return bin is not null
            ? Finding.Ok(bin)
            : Finding.Warn($"none in {at.PostgresVersions}/*/bin and on PATH", expected, InstallPostgres);
    }
}
