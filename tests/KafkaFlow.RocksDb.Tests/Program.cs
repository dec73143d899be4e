using KafkaFlow.RocksDb.Tests;

return args is [ChildProgram.Name, ..]
    ? ChildProgram.Run(args[1..])
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
